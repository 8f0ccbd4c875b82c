import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import type { Calendar } from '../../../src/directory/calendar.ts';
import { createHours, type Hours } from '../../../src/routing/hours/hours.ts';
import { openTimeUntil } from '../../../src/routing/hours/open-time.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** Clocks that are put forward and back by an hour or half of one, at night or at midnight, at other seasons, or never. */
const zones = [
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/Santiago',
  'Africa/Cairo',
  'Asia/Kathmandu',
  'Pacific/Apia',
  'UTC',
];
const year = { min: Date.UTC(2025, 0, 1), max: Date.UTC(2027, 11, 31) };

const span = fc
  .record({ from: fc.integer({ min: 0, max: 95 }), length: fc.integer({ min: 1, max: 95 }) })
  .map(({ from, length }) => ({ from: from * 15, to: (from + length) * 15 }));
const date = fc
  .integer({ min: 0, max: 1094 })
  .map((days) => Temporal.PlainDate.from('2025-01-01').add({ days }).toString());

const calendar: fc.Arbitrary<Calendar> = fc.record({
  id: fc.constant('any'),
  timeZone: fc.constantFrom(...zones),
  week: fc.array(fc.array(span, { maxLength: 2 }), { minLength: 7, maxLength: 7 }),
  exceptions: fc.array(
    fc
      .record({ from: date, open: fc.array(span, { maxLength: 1 }) })
      .map((one) => ({ ...one, to: one.from })),
    { maxLength: 5 },
  ),
  holidays: fc.record({
    days: fc.array(date, { maxLength: 5 }),
    spans: fc.array(
      fc
        .record({ from: fc.integer(year), length: fc.integer({ min: 1, max: 3 * day }) })
        .map(({ from, length }): [number, number] => [from, from + length]),
      { maxLength: 3 },
    ),
  }),
});
/** Around the times at which clocks are put. */
const at = fc.oneof(
  fc.integer(year),
  fc
    .record({
      near: fc.constantFrom(
        '2026-03-29T01:00Z',
        '2026-10-25T01:00Z',
        '2026-03-08T07:00Z',
        '2026-11-01T06:00Z',
        '2026-04-04T15:00Z',
        '2026-09-06T04:00Z',
        '2026-04-23T22:00Z',
      ),
      off: fc.integer({ min: -6 * 60, max: 6 * 60 }),
    })
    .map(({ near, off }) => Date.parse(near.replace('Z', ':00Z')) + off * minute),
);

/** The wall clock says so; told without any of the code that is tested. */
function isOpenByTheWall({ timeZone, week, exceptions, holidays }: Calendar, now: number): boolean {
  if (holidays.spans.some(([from, to]) => from <= now && now < to)) return false;
  const wall = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timeZone);
  return [0, 1].some((back) => {
    const its = wall.toPlainDate().subtract({ days: back });
    const minutes = wall.hour * 60 + wall.minute + wall.second / 60 + wall.millisecond / 60_000 + back * 1440;
    const exception = exceptions.findLast(({ from }) => from === its.toString());
    const spans =
      exception?.open ?? (holidays.days.includes(its.toString()) ? [] : (week[its.dayOfWeek - 1] ?? []));
    return spans.some(({ from, to }) => from <= minutes && minutes < to);
  });
}

function isTwice(timeZone: string, now: number): boolean {
  const wall = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timeZone).toPlainDateTime();
  const first = wall.toZonedDateTime(timeZone, { disambiguation: 'earlier' }).epochMilliseconds;
  const second = wall.toZonedDateTime(timeZone, { disambiguation: 'later' }).epochMilliseconds;
  return first !== second;
}

const runs = { numRuns: 150 };

describe('hours, in any zone and at any time', () => {
  it('are open when the wall clock says so, and otherwise only in an hour that comes twice', () => {
    fc.assert(
      fc.property(calendar, at, (any, now) => {
        const expected = isOpenByTheWall(any, now);
        const open = createHours(any).isOpen(now);
        if (expected || !isTwice(any.timeZone, now)) expect(open).toBe(expected);
      }),
      runs,
    );
  });

  it('begin at the next opening, and not before', () => {
    fc.assert(
      fc.property(calendar, at, (any, now) => {
        const hours = createHours(any);
        const opens = hours.nextOpening(now);
        if (opens === undefined) return;
        expect(opens).toBeGreaterThanOrEqual(now);
        expect(hours.isOpen(opens)).toBe(true);
        expect(hours.openTimeBetween(now, opens)).toBe(0);
      }),
      runs,
    );
  });

  it('end at the next closing, and not before', () => {
    fc.assert(
      fc.property(calendar, at, (any, now) => {
        const hours = createHours(any);
        const closes = hours.nextClosing(now);
        if (closes === undefined) return;
        expect(hours.isOpen(closes)).toBe(false);
        expect(hours.openTimeBetween(now, closes)).toBe(closes - now);
      }),
      runs,
    );
  });

  it('add up: what is added is what lies between, and stretches make the whole', () => {
    const length = fc.integer({ min: 1, max: 40 * hour });
    fc.assert(
      fc.property(calendar, at, length, length, (any, now, first, second) => {
        const hours = createHours(any);
        const until = hours.addOpenTime(now, first);
        if (until === undefined) return;
        expect(hours.openTimeBetween(now, until)).toBe(first);
        const later = hours.addOpenTime(until, second);
        if (later === undefined) return;
        expect(later).toBe(hours.addOpenTime(now, first + second));
        expect(hours.openTimeBetween(now, later)).toBe(
          hours.openTimeBetween(now, until) + hours.openTimeBetween(until, later),
        );
      }),
      runs,
    );
  });
});

describe('open time until now', () => {
  it('is the same as what lies between, in whichever order moments are asked for', () => {
    const ago = fc.array(fc.integer({ min: -hour, max: 20 * day }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(calendar, at, ago, (any, now, asked) => {
        const hours = createHours(any);
        const until = openTimeUntil(hours, now);
        for (const back of asked)
          expect(until(now - back)).toBe(back < 0 ? 0 : hours.openTimeBetween(now - back, now));
      }),
      runs,
    );
  });

  it('looks at the calendar a few times only, however many ask', () => {
    const hours = office('Europe/Berlin', nineToFive);
    let looks = 0;
    const openingsBetween: Hours['openingsBetween'] = (from, to) => {
      looks += 1;
      return hours.openingsBetween(from, to);
    };
    const now = utc('2026-03-27T10:00');
    const until = openTimeUntil({ openingsBetween }, now);
    for (let minutes = 0; minutes < 14 * 24 * 60; minutes += 7) until(now - minutes * minute);
    expect(looks).toBeLessThan(6);
  });
});

const office = (timeZone: string, spans: Calendar['week'][number], more: Partial<Calendar> = {}): Hours =>
  createHours({
    id: 'office',
    timeZone,
    week: [spans, spans, spans, spans, spans, [], []],
    exceptions: [],
    holidays: { days: [], spans: [] },
    ...more,
  });
const nineToFive = [{ from: 9 * 60, to: 17 * 60 }];
const utc = (text: string): number => Date.parse(`${text}:00Z`);

describe('hours of an office', () => {
  it('are those of the wall, in winter and in summer', () => {
    const berlin = office('Europe/Berlin', nineToFive);
    expect(berlin.nextOpening(utc('2026-03-27T18:00'))).toBe(utc('2026-03-30T07:00'));
    expect(berlin.nextOpening(utc('2026-03-26T18:00'))).toBe(utc('2026-03-27T08:00'));
    expect(berlin.nextClosing(utc('2026-10-26T12:00'))).toBe(utc('2026-10-26T16:00'));
  });

  it('know holidays and exceptions, which go before them', () => {
    const berlin = office('Europe/Berlin', nineToFive, {
      holidays: { days: ['2026-12-24', '2026-12-25'], spans: [] },
      exceptions: [{ from: '2026-12-24', to: '2026-12-24', open: [{ from: 9 * 60, to: 12 * 60 }] }],
    });
    expect(berlin.isOpen(utc('2026-12-24T09:00'))).toBe(true);
    expect(berlin.isOpen(utc('2026-12-24T12:00'))).toBe(false);
    expect(berlin.nextOpening(utc('2026-12-24T12:00'))).toBe(utc('2026-12-28T08:00'));
  });

  it('may go past midnight, and be as long as the night on which clocks are put', () => {
    const night = [{ from: 22 * 60, to: 30 * 60 }];
    const week = [night, night, night, night, night, night, night];
    const berlin = office('Europe/Berlin', [], { week });
    const lengthOf = (evening: string): number => {
      const opens = utc(evening);
      expect(berlin.isOpen(opens) && !berlin.isOpen(opens - 1)).toBe(true);
      return ((berlin.nextClosing(opens) ?? 0) - opens) / hour;
    };
    expect(lengthOf('2026-03-28T21:00')).toBe(7);
    expect(lengthOf('2026-10-24T20:00')).toBe(9);
    expect(lengthOf('2026-06-10T20:00')).toBe(8);
  });

  it.each([
    // Clocks go from 02:00 to 03:00 in Berlin, and from midnight to 01:00 in Santiago.
    ['Europe/Berlin', '2026-03-29', { from: 60, to: 150 }, '2026-03-29T00:00', '2026-03-29T01:00'],
    ['Europe/Berlin', '2026-03-29', { from: 135, to: 300 }, '2026-03-29T01:00', '2026-03-29T03:00'],
    ['America/Santiago', '2026-09-06', { from: 0, to: 120 }, '2026-09-06T04:00', '2026-09-06T05:00'],
    // And from 03:00 back to 02:00: open from the first 02:15 to the second 02:45.
    ['Europe/Berlin', '2026-10-25', { from: 135, to: 165 }, '2026-10-25T00:15', '2026-10-25T01:45'],
  ])('in %s on %s begin and end where the clock is put: %j', (timeZone, from, span, opens, closes) => {
    const hours = office(timeZone, [], { exceptions: [{ from, to: from, open: [span] }] });
    const before = utc(`${from}T00:00`) - 6 * hour;
    expect(hours.nextOpening(before)).toBe(utc(opens));
    expect(hours.nextClosing(utc(opens))).toBe(utc(closes));
  });

  it('that never begin never open, and take no promise', () => {
    const never = office('UTC', []);
    const always = office('UTC', [], { week: Array.from({ length: 7 }, () => [{ from: 0, to: 1440 }]) });
    const now = utc('2026-01-15T12:00');
    expect([never.isOpen(now), never.nextOpening(now), never.addOpenTime(now, 1)]).toEqual([
      false,
      undefined,
      undefined,
    ]);
    expect([always.isOpen(now), always.nextClosing(now), always.addOpenTime(now, 30 * day)]).toEqual([
      true,
      undefined,
      now + 30 * day,
    ]);
  });
});
