import type { QueueId } from '../../platform/ids.ts';
import type { Calendar } from '../../directory/calendar.ts';
import type { Queue, Tenant } from '../../directory/tenant.ts';
import type { Store } from '../../store/store.ts';
import { readFeeds, type HolidayFeed } from './holiday-feeds.ts';
import { createHours, type Hours } from './hours.ts';

/** The hours of a tenant's calendars, by id. */
export type TenantHours = ReadonlyMap<string, Hours>;

const known = new WeakMap<Calendar, { readonly goodAt: number; readonly hours: Hours }>();

export function hoursOf(calendar: Calendar, feed?: HolidayFeed): Hours {
  const goodAt = feed?.good?.at ?? 0;
  const before = known.get(calendar);
  if (before?.goodAt === goodAt) return before.hours;
  const hours = createHours(calendar, feed?.good?.holidays);
  known.set(calendar, { goodAt, hours });
  return hours;
}

export async function readHours(store: Store, tenant: Tenant): Promise<TenantHours> {
  const calendars = tenant.calendars ?? new Map<string, Calendar>();
  const feeds = await readFeeds(store, tenant.id, calendars.values());
  return new Map([...calendars].map(([id, calendar]) => [id, hoursOf(calendar, feeds.get(id))]));
}

/** The same as {@link readHours} where any queue has a calendar; else nothing is read. */
export async function readHoursOfQueues(store: Store, tenant: Tenant): Promise<TenantHours> {
  const asks = [...tenant.queues.values()].some(({ calendar }) => calendar !== undefined);
  return asks ? readHours(store, tenant) : new Map();
}

/** Until when a queue is closed; undefined: it is open. `Infinity`: nobody knows when it opens. */
export function closedUntil(queue: Queue, hours: TenantHours, now: number): number | undefined {
  const its = queue.calendar === undefined ? undefined : hours.get(queue.calendar);
  // A calendar that is no longer there closes nothing.
  if (its === undefined || its.isOpen(now)) return undefined;
  return its.nextOpening(now) ?? Infinity;
}

/** The queues that are closed, with when they open. */
export function closedQueues(tenant: Tenant, hours: TenantHours, now: number): Map<QueueId, number> {
  return new Map(
    [...tenant.queues.values()].flatMap((queue) => {
      const until = closedUntil(queue, hours, now);
      return until === undefined ? [] : [[queue.id, until] as const];
    }),
  );
}
