import type { Calendar, Holidays } from '../../directory/calendar.ts';
import type { TenantId } from '../../platform/ids.ts';
import { defineCollection, type Store } from '../../store/store.ts';

/** What was last fetched for a calendar, id = calendar. What was good stays until something better comes. */
export interface HolidayFeed {
  readonly url: string;
  /** Absent where nothing good ever came. */
  readonly good?: { readonly at: number; readonly holidays: Holidays };
  readonly lookedAt: number;
  /** Why the last look brought nothing. */
  readonly failure?: string;
}

export const holidayFeeds = defineCollection<HolidayFeed>('holiday-feeds');

/** What was fetched, by calendar. Asks the store only for calendars that have something fetched. */
export async function readFeeds(
  store: Store,
  tenant: TenantId,
  calendars: Iterable<Calendar>,
): Promise<ReadonlyMap<string, HolidayFeed>> {
  const found = new Map<string, HolidayFeed>();
  for (const { id, holidaysUrl } of calendars) {
    if (holidaysUrl === undefined) continue;
    const feed = (await store.get(tenant, holidayFeeds, id))?.value;
    if (feed?.url === holidaysUrl) found.set(id, feed);
  }
  return found;
}
