import { z } from 'zod';
import { promises } from '../directory/service-levels.ts';
import type { Durations, QueueStatistics } from '../sessions/queue-statistics.ts';
import { count, seconds, time } from './answer-schemas.ts';
import { secondsOf } from './seconds.ts';

const durations = z.object({ avg: seconds, min: seconds, max: seconds });
const ends = z.object({ accepted: count, abandoned: count });

export const statisticsAnswer = z
  .object({
    queue: z.string(),
    since: time,
    until: time,
    offers: z.object({
      created: count,
      pending: count,
      accepted: count,
      rejected: count,
      timeout: count,
      cancelled: count,
      rescinded: count,
    }),
    sessions: z.object({ entered: count, accepted: count, abandoned: count, waiting: count }),
    waitUntilAccepted: durations.optional().meta({ description: 'Absent where none was accepted.' }),
    waitUntilAbandoned: durations.optional().meta({ description: 'Absent where none was abandoned.' }),
    splitByWaitTime: z.array(z.object({ seconds, within: ends, beyond: ends })),
    serviceLevel: z.object({
      promisedSeconds: seconds,
      kept: count,
      of: count,
      share: z.number().min(0).max(1).optional(),
    }),
    waitEstimate: z.object({
      count,
      hidden: count,
      meanAbsoluteError: seconds.optional(),
      meanError: seconds.optional(),
      meanWait: seconds.optional(),
    }),
    promises: z
      .record(
        z.enum(promises),
        z.object({ kept: count, of: count, share: z.number().min(0).max(1).optional() }),
      )
      .meta({ description: 'Of those made under the service levels, by kind.' }),
  })
  .meta({ id: 'QueueStatistics' });

/** Times as ISO 8601, durations in seconds. What each figure means is told in docs/integrator.md. */
export function shownStatistics(
  found: QueueStatistics,
  { since, until }: { readonly since: number; readonly until: number },
): object {
  const { offers, sessions, untilAccepted, untilAbandoned, split, serviceLevel, estimates } = found;
  const { count, hidden, meanAbsoluteError, meanError, meanWait } = estimates;
  const { withinMs, kept, of, share } = serviceLevel;
  return {
    since: new Date(since).toISOString(),
    until: new Date(until).toISOString(),
    offers,
    sessions,
    ...(untilAccepted === undefined ? {} : { waitUntilAccepted: inSeconds(untilAccepted) }),
    ...(untilAbandoned === undefined ? {} : { waitUntilAbandoned: inSeconds(untilAbandoned) }),
    splitByWaitTime: split.map(({ thresholdMs, within, beyond }) => ({
      seconds: secondsOf(thresholdMs),
      within,
      beyond,
    })),
    serviceLevel: {
      promisedSeconds: secondsOf(withinMs),
      kept,
      of,
      ...(share === undefined ? {} : { share }),
    },
    waitEstimate: {
      count,
      hidden,
      ...(meanAbsoluteError === undefined ? {} : { meanAbsoluteError: secondsOf(meanAbsoluteError) }),
      ...(meanError === undefined ? {} : { meanError: secondsOf(meanError) }),
      ...(meanWait === undefined ? {} : { meanWait: secondsOf(meanWait) }),
    },
    promises: found.promises,
  };
}

function inSeconds({ avg, min, max }: Durations): object {
  return { avg: secondsOf(avg), min: secondsOf(min), max: secondsOf(max) };
}
