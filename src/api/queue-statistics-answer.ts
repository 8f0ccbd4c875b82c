import type { Durations, QueueStatistics } from '../sessions/queue-statistics.ts';
import { secondsOf } from './seconds.ts';

/** Times as ISO 8601, durations in seconds. What each figure means is told in docs/integrator.md. */
export function shownStatistics(
  found: QueueStatistics,
  { since, until }: { readonly since: number; readonly until: number },
): object {
  const { offers, sessions, untilAccepted, untilAbandoned, split, serviceLevel, estimates, promises } = found;
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
    promises,
  };
}

function inSeconds({ avg, min, max }: Durations): object {
  return { avg: secondsOf(avg), min: secondsOf(min), max: secondsOf(max) };
}
