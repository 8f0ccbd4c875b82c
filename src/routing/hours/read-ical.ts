import ICAL from 'ical.js';
import { Temporal } from 'temporal-polyfill';
import type { Holidays } from '../../directory/calendar.ts';
import { withinTime } from './within-time.ts';

/** Why a file of holidays cannot be used. */
export class CalendarUnreadable extends Error {
  override readonly name = 'CalendarUnreadable';
}

/** Bytes of a file. */
export const longestCalendar = 1024 * 1024;
const mostEvents = 5000;
const mostOccurrences = 5000;
const readingMs = 2000;
const lastDay = '2060-01-01';
const longestEventDays = 400;

/**
 * The holidays in an iCalendar file (RFC 5545): each event closes its days, or its hours where it has any, as often as it recurs until
 * 2060. What is cancelled does not.
 * @throws {CalendarUnreadable}
 */
export function readHolidays(text: string, timeZone: string): Holidays {
  if (Buffer.byteLength(text) > longestCalendar)
    throw new CalendarUnreadable(`it is longer than ${String(longestCalendar)} bytes`);
  try {
    return withinTime(readingMs, () => read(text, timeZone));
  } catch (error) {
    if (error instanceof CalendarUnreadable) throw error;
    const isEndless =
      typeof error === 'object' &&
      error !== null &&
      'code' in error &&
      error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
    throw new CalendarUnreadable(
      isEndless
        ? 'it takes too long to read: something in it recurs at times that never come'
        : 'it is no iCalendar file',
    );
  }
}

/** As the library gives it; its own type is not exported. */
interface Occurrence {
  readonly startDate: ICAL.Time;
  readonly endDate: ICAL.Time;
  readonly item: ICAL.Event;
}

function read(text: string, timeZone: string): Holidays {
  const root = new ICAL.Component(ICAL.parse(text) as unknown[]);
  if (root.name !== 'vcalendar') throw new CalendarUnreadable('it holds no VCALENDAR');
  const components = root.getAllSubcomponents('vevent');
  if (components.length > mostEvents)
    throw new CalendarUnreadable(`it holds more than ${String(mostEvents)} events`);
  const days = new Set<string>();
  const spans: [number, number][] = [];
  let occurrences = 0;
  for (const component of components) {
    if (component.hasProperty('recurrence-id') || isCancelled(component)) continue;
    if (recursWithinADay(component))
      throw new CalendarUnreadable('something in it recurs more often than daily');
    const event = new ICAL.Event(component);
    const iterator = event.iterator();
    for (let next = following(iterator); next !== undefined;) {
      if (next.toString() >= lastDay) break;
      if (++occurrences > mostOccurrences)
        throw new CalendarUnreadable(`it names more than ${String(mostOccurrences)} times`);
      const { startDate, endDate, item } = event.getOccurrenceDetails(next) as unknown as Occurrence;
      if (!isCancelled(item.component)) close(startDate, endDate, timeZone, days, spans);
      next = event.isRecurring() ? following(iterator) : undefined;
    }
  }
  return { days: [...days].sort(), spans: spans.sort(([a], [b]) => a - b) };
}

/** At its end it gives undefined, whatever its types say. */
function following(iterator: ICAL.RecurExpansion): ICAL.Time | undefined {
  return iterator.next();
}

const tooOften: ReadonlySet<string> = new Set(['SECONDLY', 'MINUTELY', 'HOURLY']);

function recursWithinADay(component: ICAL.Component): boolean {
  return component
    .getAllProperties('rrule')
    .some((property) => tooOften.has(String((property.getFirstValue() as { freq?: unknown } | null)?.freq)));
}

function isCancelled(component: ICAL.Component): boolean {
  return String(component.getFirstPropertyValue('status') ?? '').toUpperCase() === 'CANCELLED';
}

function close(
  start: ICAL.Time,
  end: ICAL.Time,
  timeZone: string,
  days: Set<string>,
  spans: [number, number][],
): void {
  if (!start.isDate) {
    const [from, to] = [instantOf(start, timeZone), instantOf(end, timeZone)];
    if (from < to) spans.push([from, to]);
    return;
  }
  const until = end.toString();
  let day = Temporal.PlainDate.from(start.toString());
  // An event of a day may come without an end.
  for (let count = 0; count < longestEventDays && (count === 0 || day.toString() < until); count++) {
    days.add(day.toString());
    day = day.add({ days: 1 });
  }
}

/** Times without a zone, or in one that nobody knows by its name, are the calendar's own. */
function instantOf(time: ICAL.Time, timeZone: string): number {
  const { year, month, day, hour, minute, second } = time;
  const wall = Temporal.PlainDateTime.from({ year, month, day, hour, minute, second });
  const named = time.zone.tzid;
  for (const zone of [named === 'Z' ? 'UTC' : named, timeZone]) {
    try {
      return wall.toZonedDateTime(zone).epochMilliseconds;
    } catch {
      continue;
    }
  }
  throw new CalendarUnreadable(`there is no time zone ${timeZone}`);
}
