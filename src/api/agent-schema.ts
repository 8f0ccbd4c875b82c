import { z } from 'zod';
import { chosenAvailabilities } from '../directory/agent-work.ts';

/** `POST /agents/{agent}/availability`. */
export const availabilityBody = z.strictObject(
  { availability: z.enum(chosenAvailabilities, `one of ${chosenAvailabilities.join(', ')}`) },
  'an object with the field availability',
);
