import { z } from 'zod';

/** `POST /queues/{queue}/members/{session}`: what the session goes on with. Instructions are checked as those of applications are. */
export const dequeueBody = z.union(
  [
    z.strictObject({
      url: z.string().min(1).max(2048),
      method: z.enum(['GET', 'POST']).optional(),
    }),
    z.strictObject({ instructions: z.array(z.unknown()).min(1).max(100) }),
  ],
  'an object with url (and method), or with instructions',
);
