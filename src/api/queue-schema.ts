import { z } from 'zod';
import { mediaOfCustomers } from '../message/medium.ts';
import { count, next, seconds, time as shownTime } from './answer-schemas.ts';
import { settingsFields } from './directory-schema.ts';
import { badParameter, badRequest } from './refusal.ts';

const dayMs = 86_400_000;
/** What is read for one answer has an end. */
const longestDays = 31;
const timeExpected = 'a time as 2026-01-31T12:00:00Z';
const time = z.iso
  .datetime({ offset: true, error: timeExpected })
  .max(40, timeExpected)
  .transform((text) => Date.parse(text));
const thresholdsExpected = '1 to 10 whole numbers of seconds, each from 1 to 86400, with commas between';
const thresholds = z
  .string(thresholdsExpected)
  .regex(/^\d{1,5}(?:,\d{1,5}){0,9}$/, thresholdsExpected)
  .transform((text) => [...new Set(text.split(',').map(Number))].sort((a, b) => a - b))
  .refine((all) => all.every((value) => value >= 1 && value <= 86_400), thresholdsExpected);
const query = z.strictObject({
  since: time.optional(),
  until: time.optional(),
  thresholds: thresholds.prefault('30,60,120,300,600'),
});

/** Of `GET /queues/{queue}/statistics`. */
export const statisticsParameters = {
  since: {
    description: `A day before \`until\` unless given; at most ${String(longestDays)} days.`,
    schema: query.shape.since,
  },
  until: { description: 'Now unless given.', schema: query.shape.until },
  thresholds: { description: 'Seconds of waiting to split by.', schema: query.shape.thresholds },
} as const;

export interface StatisticsQuery {
  readonly since: number;
  readonly until: number;
  /** Seconds, growing. */
  readonly thresholds: readonly number[];
}

/**
 * `GET /queues/{queue}/statistics`: the day before now, or before `until`, unless `since` says otherwise.
 * @throws {Refusal} that names the parameter
 */
export function statisticsQuery(given: URLSearchParams, now: number): StatisticsQuery {
  const read = query.safeParse(Object.fromEntries(given));
  if (!read.success) {
    const [issue] = read.error.issues;
    if (issue?.code === 'unrecognized_keys')
      throw badRequest('query: expected since, until and thresholds only.');
    throw badParameter(String(issue?.path[0] ?? 'query'), issue?.message ?? 'another value');
  }
  const { until = now, thresholds: seconds } = read.data;
  const { since = until - dayMs } = read.data;
  if (since > until) throw badParameter('since', 'a time before until');
  if (until - since > longestDays * dayMs)
    throw badParameter('since', `at most ${String(longestDays)} days before until`);
  return { since, until, thresholds: seconds };
}

export const queueAnswer = z
  .object({
    id: z.string(),
    friendlyName: z.string(),
    currentSize: count.meta({ description: 'Sessions that wait, those included that are offered.' }),
    maxSize: count,
    averageWaitTime: seconds,
    longestWaitTime: seconds,
    estimatedWaitTime: seconds
      .optional()
      .meta({ description: 'For who comes now; absent where it would be a guess.' }),
    agents: z
      .object({ eligible: count, available: count, free: count })
      .meta({ description: 'How many agents the queue has; each figure is a part of the one before.' }),
  })
  .meta({ id: 'Queue' });

/** One queue, with the settings that make it so. */
export const queueWithSettings = queueAnswer.extend(settingsFields).meta({ id: 'QueueWithSettings' });

export const queuesAnswer = z.object({ queues: z.array(queueAnswer), next });

export const memberAnswer = z
  .object({
    session: z.string(),
    queue: z.string(),
    dateEnqueued: shownTime,
    position: z.int().min(1),
    waitTime: seconds.meta({ description: 'Seconds, counted over all queues.' }),
    priority: z.number(),
    media: z
      .array(z.enum(mediaOfCustomers))
      .meta({ description: 'What its customer has sent in it so far.' }),
    state: z.enum(['waiting', 'offered']),
    agent: z.string().optional().meta({ description: 'To whom it is offered.' }),
    handledByNobody: z.string().optional().meta({
      description: 'What of it no agent of the queue handles: nobody is asked. Absent: somebody may be.',
    }),
  })
  .meta({ id: 'QueueMember' });

export const membersAnswer = z.object({ members: z.array(memberAnswer), next });
