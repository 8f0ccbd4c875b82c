import { z } from 'zod';
import { thresholdMeasures } from '../../queues/queue-thresholds.ts';
import { happeningTypes, type HappeningType } from '../../sessions/events/happening.ts';
import { moveCauses } from '../../sessions/events/happenings-of.ts';
import { count, time } from '../answer-schemas.ts';

const milliseconds = z.number().meta({ description: 'Milliseconds.' });
const at = z.number().meta({ description: 'Milliseconds since 1970.' });
const queue = z.string();
const agent = z.string();
const message = { message: z.string(), line: z.string() };
const place = z.object({ queue, agent: agent.optional() });

/** What `data` of each type holds. Fields may be added; none goes. */
const data: Readonly<Record<HappeningType, z.ZodObject>> = {
  'session.opened': z.object({ line: z.string(), network: z.string(), contact: z.string() }),
  'session.queued': z.object({ queue }),
  'session.offered': z.object({ queue, agent, offer: count }),
  'session.accepted': z.object({ queue, agent, waitedMs: milliseconds }),
  'session.left': z.object({ agent }),
  'session.transferred': z.object({
    from: place.meta({ description: 'The queue; and the agent, where one had it.' }),
    to: place,
    by: z.enum(moveCauses),
  }),
  'session.closed': z.object({ by: z.string().optional(), openedAt: at }),
  'message.received': z.object({ ...message, kind: z.string() }),
  'message.sent': z.object(message),
  'message.delivered': z.object(message),
  'message.read': z.object(message),
  'message.failed': z.object({ ...message, outcome: z.enum(['failed', 'unclear']), failure: z.string() }),
  'queue.threshold': z.object({
    queue,
    measure: z.enum(thresholdMeasures),
    crossed: z.enum(['up', 'down']).meta({ description: '`up`: it is reached; `down`: it is over.' }),
    threshold: z.number().optional().meta({ description: 'What was crossed, of `size`.' }),
    thresholdMs: milliseconds.optional().meta({ description: 'What was crossed, of `longestWait`.' }),
    currentSize: count,
    longestWaitMs: milliseconds,
  }),
  'agent.availability': z.object({
    agent,
    availability: z.enum(['available', 'busy', 'break', 'away', 'offline']),
    by: z.string(),
  }),
  'line.state': z.object({ line: z.string(), channel: z.string(), state: z.string() }),
  'webhook.disabled': z.object({ webhook: z.string(), failingSince: at, reason: z.string() }),
};

function eventOf(type: HappeningType) {
  return z
    .object({
      id: z.string().meta({ description: 'The same each time that it comes: a webhook’s `webhook-id`.' }),
      type: z.literal(type),
      timestamp: time,
      tenant: z.string(),
      position: count.meta({ description: 'Among all of the tenant, from 1 on; the id in the stream.' }),
      conversation: z.string().optional(),
      session: z.string().optional(),
      data: data[type],
    })
    .meta({ id: `${nameOf(type)}Event` });
}

/** `session.opened`: `SessionOpened`. */
function nameOf(type: string): string {
  return type
    .split('.')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

const [first, ...others] = happeningTypes;

/** An event as the stream and webhooks give it. */
export const eventAnswer = z
  .discriminatedUnion('type', [eventOf(first), ...others.map(eventOf)])
  .meta({ id: 'Event', description: 'Ignore types and fields that you do not know.' });
