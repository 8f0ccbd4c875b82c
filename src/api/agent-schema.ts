import { z } from 'zod';
import { chosenAvailabilities } from '../directory/agent-work.ts';
import { mediaOfCustomers } from '../message/medium.ts';
import { next, time } from './answer-schemas.ts';
import { settingsFields } from './directory-schema.ts';

/** `POST /agents/{agent}/availability`. */
export const availabilityBody = z.strictObject(
  { availability: z.enum(chosenAvailabilities, `one of ${chosenAvailabilities.join(', ')}`) },
  'an object with the field availability',
);

export const agentAnswer = z
  .object({
    id: z.string(),
    name: z.string(),
    user: z.string().meta({ description: 'Matrix user id.' }),
    endpoints: z
      .array(z.union([z.string(), z.object({ line: z.string(), address: z.string() })]))
      .meta({ description: 'Further Matrix user ids of theirs, and addresses on lines of the tenant.' }),
    supervisor: z.boolean(),
    skills: z.record(z.string(), z.number()).meta({ description: 'Levels from 0 to 5.' }),
    networks: z.array(z.string()).optional().meta({ description: 'Absent: all.' }),
    media: z.array(z.enum(mediaOfCustomers)).optional().meta({ description: 'Absent: all.' }),
    capacity: z.number().meta({ description: 'Units of work at once.' }),
    load: z.number().meta({ description: 'Units taken, open offers and after-session work included.' }),
    sessions: z.array(z.string()).meta({ description: 'Offered or connected.' }),
    availability: z.enum(['available', 'busy', 'break', 'away', 'offline']),
    since: time.optional(),
    wrapUps: z
      .array(z.object({ session: z.string(), until: time, weight: z.number() }))
      .meta({ description: 'After-session work.' }),
  })
  .meta({ id: 'Agent' });

/** One agent, with the settings that make them so. */
export const agentWithSettings = agentAnswer.extend(settingsFields).meta({ id: 'AgentWithSettings' });

export const agentsAnswer = z.object({ agents: z.array(agentAnswer), next });
export const availabilityAnswer = z.object({ agent: z.string(), requested: z.enum(chosenAvailabilities) });
