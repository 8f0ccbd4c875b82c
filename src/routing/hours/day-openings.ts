import { Temporal } from 'temporal-polyfill';
import type { Calendar, DaySpan } from '../../directory/calendar.ts';

/** `[from, to)` in milliseconds since the epoch. */
export type Opening = readonly [number, number];

const dayMinutes = 1440;

/** When a calendar is open by what it says of one day, growing. A span that goes past midnight belongs to the day on which it begins. */
export function openingsOf(
  calendar: Calendar,
  holidays: ReadonlySet<string>,
  date: Temporal.PlainDate,
): Opening[] {
  return spansOf(calendar, holidays, date)
    .map(({ from, to }): Opening => [
      instantAt(calendar.timeZone, date, from, 'opens'),
      instantAt(calendar.timeZone, date, to, 'closes'),
    ])
    .filter(([from, to]) => from < to)
    .sort(([a], [b]) => a - b);
}

function spansOf(
  { week, exceptions }: Calendar,
  holidays: ReadonlySet<string>,
  date: Temporal.PlainDate,
): readonly DaySpan[] {
  const day = date.toString();
  const exception = exceptions.findLast(({ from, to }) => from <= day && day <= to);
  if (exception !== undefined) return exception.open;
  return holidays.has(day) ? [] : (week[date.dayOfWeek - 1] ?? []);
}

/**
 * Wall clock to time. What the clock skips is the moment at which it is put forward; of an hour that comes twice, doors open the first time
 * and close the second.
 */
function instantAt(
  timeZone: string,
  date: Temporal.PlainDate,
  minutes: number,
  which: 'opens' | 'closes',
): number {
  const wall = date
    .add({ days: Math.floor(minutes / dayMinutes) })
    .toPlainDateTime(Temporal.PlainTime.from({ hour: 0 }).add({ minutes: minutes % dayMinutes }));
  const zoned = wall.toZonedDateTime(timeZone, { disambiguation: which === 'opens' ? 'earlier' : 'later' });
  if (zoned.toPlainDateTime().equals(wall)) return zoned.epochMilliseconds;
  const before = wall.toZonedDateTime(timeZone, { disambiguation: 'earlier' });
  return (before.getTimeZoneTransition('next') ?? before).epochMilliseconds;
}
