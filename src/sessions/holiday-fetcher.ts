import { text as readText } from 'node:stream/consumers';
import type { Calendar } from '../directory/calendar.ts';
import type { Directory } from '../directory/directory.ts';
import { MediaError } from '../media/media-error.ts';
import type { GuardedFetchOptions, OpenMedia } from '../media/open-media.ts';
import type { Clock } from '../platform/clock.ts';
import type { TenantId } from '../platform/ids.ts';
import type { Logger } from '../platform/log.ts';
import { holidayFeeds, type HolidayFeed } from '../routing/hours/holiday-feeds.ts';
import { CalendarUnreadable, longestCalendar, readHolidays } from '../routing/hours/read-ical.ts';
import { Conflict, put, type Store } from '../store/store.ts';

export interface HolidayFetcherOptions {
  readonly store: Store;
  readonly directory: Directory;
  readonly clock: Clock;
  readonly logger: Logger;
  /** For URLs that somebody else chose. */
  readonly fetch: (url: string, options?: GuardedFetchOptions) => Promise<OpenMedia>;
}

const hourMs = 3_600_000;
const freshMs = 6 * hourMs;
const afterFailureMs = hourMs / 4;
/** How often to see what is no longer fresh. Replicas share what one of them fetched. */
const lookMs = 60_000;
const timeoutMs = 20_000;

/** Fetches the holidays of calendars that name a URL, and keeps the last good ones whatever comes later. */
export class HolidayFetcher {
  readonly #options: HolidayFetcherOptions;
  #cancel: (() => void) | undefined;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;
  readonly #stopping = Promise.withResolvers<undefined>();

  constructor(options: HolidayFetcherOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = this.#look().then(() => {
      if (this.#stopped) return;
      this.#cancel = this.#options.clock.after(lookMs, () => {
        this.start();
      });
    });
  }

  /** Waits for no server: what is being fetched is left, and looked up by the next start. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stopping.resolve(undefined);
    this.#cancel?.();
    await this.#running;
  }

  /** What is not fresh any more. Never throws: the next look tries again. */
  async #look(): Promise<void> {
    const { directory, logger } = this.#options;
    for (const { id: tenant, calendars } of directory.tenants())
      for (const calendar of calendars?.values() ?? []) {
        if (this.#stopped) return;
        try {
          await this.#lookAt(tenant, calendar);
        } catch (error) {
          logger.warn(
            { tenant, calendar: calendar.id, reason: String(error) },
            'holidays could not be looked up',
          );
        }
      }
  }

  async #lookAt(tenant: TenantId, { id, timeZone, holidaysUrl: url }: Calendar): Promise<void> {
    if (url === undefined) return;
    const { store, clock, logger } = this.#options;
    const stored = await store.get(tenant, holidayFeeds, id);
    const before = stored?.value.url === url ? stored.value : undefined;
    const now = clock.now();
    const restMs = before?.failure === undefined ? freshMs : afterFailureMs;
    if (before !== undefined && now < before.lookedAt + restMs) return;
    const found = await Promise.race([this.#fetch(url, timeZone), this.#stopping.promise]);
    if (found === undefined) return;
    const good = 'holidays' in found ? { at: now, holidays: found.holidays } : before?.good;
    const feed: HolidayFeed = {
      url,
      lookedAt: now,
      ...(good === undefined ? {} : { good }),
      ...('failure' in found ? { failure: found.failure } : {}),
    };
    if ('failure' in found)
      logger.warn(
        { tenant, calendar: id, reason: found.failure, hasOlder: good !== undefined },
        'holidays could not be fetched; the last good ones count',
      );
    try {
      await store.commit(tenant, [put(holidayFeeds, id, feed, stored?.version ?? 'absent')]);
    } catch (error) {
      // Another replica was faster.
      if (!(error instanceof Conflict)) throw error;
    }
  }

  async #fetch(
    url: string,
    timeZone: string,
  ): Promise<{ readonly holidays: ReturnType<typeof readHolidays> } | { readonly failure: string }> {
    try {
      const { stream } = await this.#options.fetch(url, { timeoutMs, maxBytes: longestCalendar });
      return { holidays: readHolidays(await readText(stream), timeZone) };
    } catch (error) {
      if (error instanceof MediaError || error instanceof CalendarUnreadable)
        return { failure: error.message };
      return { failure: 'it could not be read' };
    }
  }
}
