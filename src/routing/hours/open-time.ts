import type { QueueId } from '../../platform/ids.ts';
import type { Tenant } from '../../directory/tenant.ts';
import type { Opening } from './day-openings.ts';
import type { Hours } from './hours.ts';
import type { TenantHours } from './tenant-hours.ts';

/** How much open time has passed since a moment, in milliseconds. */
export type OpenTimeSince = (from: number) => number;

/** By queue; absent for queues that are always open. */
export type OpenTimes = ReadonlyMap<QueueId, OpenTimeSince>;

const dayMs = 86_400_000;

/** Of the tenant's queues that have hours, until now. Nothing is looked up before somebody asks. */
export function openTimesOf({ queues }: Pick<Tenant, 'queues'>, hours: TenantHours, now: number): OpenTimes {
  return new Map(
    [...queues.values()].flatMap(({ id, calendar }) => {
      const its = calendar === undefined ? undefined : hours.get(calendar);
      return its === undefined ? [] : [[id, openTimeUntil(its, now)] as const];
    }),
  );
}

/** For many sessions that wait in one queue: the calendar is looked at once for as far back as any of them came. */
export function openTimeUntil(hours: Pick<Hours, 'openingsBetween'>, now: number): OpenTimeSince {
  let back = now;
  let openings: readonly Opening[] = [];
  /** Open time from the beginning of each until now. */
  let left: readonly number[] = [];
  return (from) => {
    if (from >= now) return 0;
    if (from < back) {
      back = Math.min(from, now - 2 * (now - back)) - dayMs;
      openings = hours.openingsBetween(back, now);
      left = sumsToEnd(openings);
    }
    const at = firstEndingAfter(openings, from);
    const opening = openings[at];
    return opening === undefined ? 0 : (left[at] ?? 0) - Math.max(0, from - opening[0]);
  };
}

function sumsToEnd(openings: readonly Opening[]): number[] {
  let sum = 0;
  return openings
    .toReversed()
    .map(([opens, closes]) => (sum += closes - opens))
    .reverse();
}

function firstEndingAfter(openings: readonly Opening[], moment: number): number {
  let low = 0;
  let high = openings.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((openings[middle]?.[1] ?? 0) > moment) high = middle;
    else low = middle + 1;
  }
  return low;
}
