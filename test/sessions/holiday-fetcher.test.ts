import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createDeclaredDirectory } from '../../src/directory/directory.ts';
import { MediaError } from '../../src/media/media-error.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { holidayFeeds } from '../../src/routing/hours/holiday-feeds.ts';
import { readHours } from '../../src/routing/hours/tenant-hours.ts';
import { HolidayFetcher } from '../../src/sessions/holiday-fetcher.ts';
import { office } from './calendars.ts';
import { openWorld, tenantOf, type World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(async () => world.close());

const hour = 3_600_000;
const url = 'https://calendars.example/holidays.ics';
const holidayOn = (day: string): string =>
  [
    'BEGIN:VCALENDAR',
    'BEGIN:VEVENT',
    'UID:1',
    `DTSTART;VALUE=DATE:${day}`,
    'END:VEVENT',
    'END:VCALENDAR',
  ].join('\r\n');

it('fetches holidays, anew every six hours, and keeps the last good ones when nothing good comes', async () => {
  const calendars = new Map([['office', office({ holidaysUrl: url })]]);
  const tenant = tenantOf({ calendars });
  const { store, clock } = world;
  const asked: string[] = [];
  let answer = (): string => holidayOn('20260115');
  const fetcher = new HolidayFetcher({
    store,
    clock,
    directory: createDeclaredDirectory([tenant]),
    logger: silentLogger,
    fetch: async (wanted) => {
      asked.push(wanted);
      return { stream: Readable.from([answer()]), mimeType: 'text/calendar' };
    },
  });
  const isOpen = async (): Promise<boolean | undefined> =>
    (await readHours(store, tenant)).get('office')?.isOpen(Date.UTC(2026, 0, 15, 12));
  const pass = async (ms: number, times: number): Promise<void> => {
    clock.advance(ms);
    await vi.waitFor(() => {
      expect(asked).toHaveLength(times);
      expect(clock.pending).toBeGreaterThan(waiting);
    });
  };
  const waiting = clock.pending;
  expect(await isOpen()).toBe(true);
  fetcher.start();
  await pass(0, 1);
  expect(asked).toEqual([url]);
  expect(await isOpen()).toBe(false);

  answer = () => {
    throw new MediaError('unreachable', 'no connection');
  };
  await pass(5 * hour, 1);
  await pass(2 * hour, 2);
  expect(await isOpen()).toBe(false);

  answer = () => 'this is no calendar';
  await pass(hour, 3);
  expect(await isOpen()).toBe(false);

  answer = () => holidayOn('20260201');
  await pass(hour, 4);
  expect(await isOpen()).toBe(true);
  await fetcher.stop();
  clock.advance(24 * hour);
  expect(asked).toHaveLength(4);
});

it('is ended while a server takes its time, without waiting for it or taking it for a failure', async () => {
  const tenant = tenantOf({ calendars: new Map([['office', office({ holidaysUrl: url })]]) });
  const { store, clock } = world;
  const asked = Promise.withResolvers<undefined>();
  const fetcher = new HolidayFetcher({
    ...{ store, clock, logger: silentLogger, directory: createDeclaredDirectory([tenant]) },
    fetch: async () => {
      asked.resolve(undefined);
      return new Promise<never>(() => undefined);
    },
  });
  fetcher.start();
  await asked.promise;
  await fetcher.stop();
  expect(await store.get(tenant.id, holidayFeeds, 'office')).toBeUndefined();
});
