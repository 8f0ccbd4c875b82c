import { z } from 'zod';
import { deliveryStates } from '../delivery/dead-letters.ts';
import { count, next, time } from './answer-schemas.ts';

export const stateSchema = z.enum(deliveryStates);

const status = z.enum(['pending', 'sending', 'sent', 'delivered', 'read', 'failed', 'unclear']);
const kind = z.string().meta({ description: '`retry`, `permanent`, `unauthorised`, `windowClosed`, ...' });
const certain = z.boolean().meta({ description: 'Whether it is certain that nothing went out.' });

const summary = z.object({
  id: z.string(),
  message: z.string().optional(),
  conversation: z.string(),
  leg: z.enum(['room', 'line', 'hook']),
  kind: z.string().meta({ description: '`send`, `edit`, `message`, `notice`, `invite`, ...' }),
  status,
  attempts: count,
  createdAt: time,
  finishedAt: time.optional(),
  nextAttemptAt: time.optional(),
  failure: z.object({ kind, reason: z.string(), certain }).optional(),
});

export const deliveriesAnswer = z.object({
  deliveries: z.array(summary.meta({ id: 'DeliverySummary' })),
  next,
});

export const deliveryAnswer = summary
  .extend({
    line: z.string().optional(),
    address: z
      .object({ id: z.string(), via: z.string().optional() })
      .optional()
      .meta({ description: 'Where it goes, of deliveries on a line.' }),
    nativeId: z.string().optional().meta({ description: 'The other side’s id of the message.' }),
    attemptsFailed: z
      .array(
        z.object({ number: count, at: time, kind, reason: z.string(), certain, nextAt: time.optional() }),
      )
      .meta({ description: 'The first and the last few, oldest first.' }),
    attemptsLeftOut: count.optional(),
    receipts: z.array(z.object({ status, at: time })),
    retryOf: z.string().optional(),
    droppedAt: time.optional(),
  })
  .meta({ id: 'Delivery' });
