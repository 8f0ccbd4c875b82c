import { describe, expect, it } from 'vitest';
import { readHolidays } from '../../../src/routing/hours/read-ical.ts';

const file = (...events: string[][]): string =>
  [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//test//EN',
    ...events.flatMap((lines, at) => ['BEGIN:VEVENT', `UID:${String(at)}@test`, ...lines, 'END:VEVENT']),
    'END:VCALENDAR',
  ].join('\r\n');
const read = (...events: string[][]) => readHolidays(file(...events), 'Europe/Berlin');

describe('an iCalendar file of holidays', () => {
  it('closes single days and several in a row', () => {
    expect(
      read(
        ['SUMMARY:Christmas', 'DTSTART;VALUE=DATE:20261225', 'DTEND;VALUE=DATE:20261227'],
        ['SUMMARY:May', 'DTSTART;VALUE=DATE:20260501'],
      ).days,
    ).toEqual(['2026-05-01', '2026-12-25', '2026-12-26']);
  });

  it('recurs: each year, on the fourth Thursday, but for what is excepted', () => {
    const { days } = read(
      ['DTSTART;VALUE=DATE:20250101', 'RRULE:FREQ=YEARLY'],
      [
        'DTSTART;VALUE=DATE:20251127',
        'RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH;COUNT=3',
        'EXDATE;VALUE=DATE:20261126',
      ],
    );
    expect(days.slice(0, 3)).toEqual(['2025-01-01', '2025-11-27', '2026-01-01']);
    expect(days).toContain('2027-11-25');
    expect(days).not.toContain('2026-11-26');
    expect(days.at(-1)).toBe('2059-01-01');
  });

  it('moves what one of its occurrences was moved to', () => {
    const base = ['DTSTART;VALUE=DATE:20260601', 'RRULE:FREQ=YEARLY;COUNT=2'];
    const text = file(base).replace(
      'END:VCALENDAR',
      [
        'BEGIN:VEVENT',
        'UID:0@test',
        'RECURRENCE-ID;VALUE=DATE:20270601',
        'DTSTART;VALUE=DATE:20270607',
        'END:VEVENT',
        'END:VCALENDAR',
      ].join('\r\n'),
    );
    expect(readHolidays(text, 'Europe/Berlin').days).toEqual(['2026-06-01', '2027-06-07']);
  });

  it('closes hours where it has hours, in their own zone or in the calendar’s', () => {
    const { days, spans } = read(
      ['DTSTART:20261224T120000', 'DTEND:20261224T180000'],
      ['DTSTART:20260701T080000Z', 'DTEND:20260701T090000Z'],
    );
    expect(days).toEqual([]);
    expect(spans).toEqual([
      [Date.UTC(2026, 6, 1, 8), Date.UTC(2026, 6, 1, 9)],
      [Date.UTC(2026, 11, 24, 11), Date.UTC(2026, 11, 24, 17)],
    ]);
  });

  it('counts the first of dates that are listed, unless it is excepted', () => {
    const listed = ['DTSTART;VALUE=DATE:20260403', 'RDATE;VALUE=DATE:20270326,20280414'];
    expect(read(listed).days).toEqual(['2026-04-03', '2027-03-26', '2028-04-14']);
    expect(read([...listed, 'EXDATE;VALUE=DATE:20260403']).days).toEqual(['2027-03-26', '2028-04-14']);
  });

  it('takes a zone by its name, else as the file tells of it', () => {
    const at = (zone: string): string[] => [
      `DTSTART;TZID=${zone}:20261224T120000`,
      `DTEND;TZID=${zone}:20261224T130000`,
    ];
    const told = [
      'BEGIN:VTIMEZONE',
      'TZID:Eastern Standard Time',
      'BEGIN:STANDARD',
      'DTSTART:16010101T020000',
      'TZOFFSETFROM:-0400',
      'TZOFFSETTO:-0500',
      'END:STANDARD',
      'END:VTIMEZONE',
      'BEGIN:VEVENT',
    ].join('\r\n');
    const noonInNewYork = [[Date.UTC(2026, 11, 24, 17), Date.UTC(2026, 11, 24, 18)]];
    expect(read(at('America/New_York')).spans).toEqual(noonInNewYork);
    const eastern = file(at('Eastern Standard Time'));
    const { spans } = readHolidays(eastern.replace('BEGIN:VEVENT', told), 'Europe/Berlin');
    expect(spans).toEqual(noonInNewYork);
    expect(readHolidays(eastern, 'Europe/Berlin').spans).toEqual([
      [Date.UTC(2026, 11, 24, 11), Date.UTC(2026, 11, 24, 12)],
    ]);
  });

  it('may begin with a mark of the byte order', () => {
    const text = `\ufeff${file(['DTSTART;VALUE=DATE:20260501'])}`;
    expect(readHolidays(text, 'Europe/Berlin').days).toEqual(['2026-05-01']);
  });

  it('leaves out what is cancelled', () => {
    expect(read(['DTSTART;VALUE=DATE:20260501', 'STATUS:CANCELLED']).days).toEqual([]);
  });

  it.each([
    ['no such file', 'nothing of the kind', /no iCalendar file/],
    ['another component', 'BEGIN:VCARD\r\nEND:VCARD', /VCALENDAR|no iCalendar file/],
    [
      'one that recurs each second',
      file(['DTSTART:20260101T000000Z', 'RRULE:FREQ=SECONDLY']),
      /more often than daily/,
    ],
    ['one of every day', file(['DTSTART;VALUE=DATE:20260101', 'RRULE:FREQ=DAILY']), /more than 5000 times/],
    [
      'a recurrence that never comes',
      file(['DTSTART;VALUE=DATE:20260101', 'RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30']),
      /times that never come/,
    ],
    ['too long a file', `${file([])}${' '.repeat(1024 * 1024)}`, /longer than/],
  ])('is refused where it is %s', (_, text, reason) => {
    expect(() => readHolidays(text, 'Europe/Berlin')).toThrow(reason);
  });
});
