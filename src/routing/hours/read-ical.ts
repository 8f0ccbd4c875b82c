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
  const root = new ICAL.Component(ICAL.parse(text.replace(/^\ufeff/, '')) as unknown[]);
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
    for (const time of timesOf(event)) {
      if (time.toString() >= lastDay) break;
      if (++occurrences > mostOccurrences)
        throw new CalendarUnreadable(`it names more than ${String(mostOccurrences)} times`);
      const { startDate, endDate, item } = event.getOccurrenceDetails(time) as unknown as Occurrence;
      if (!isCancelled(item.component))
        close(startDate, endDate, { item: item.component, timeZone }, days, spans);
    }
  }
  return { days: [...days].sort(), spans: spans.sort(([a], [b]) => a - b) };
}

/** When it begins, each time. Where it recurs by dates alone (RDATE), the library leaves out the first, which counts (RFC 5545, 3.8.5.2). */
function* timesOf(event: ICAL.Event): Generator<ICAL.Time> {
  const { component, startDate } = event;
  if (component.hasProperty('rdate') && !component.hasProperty('rrule') && !isLeftOut(component, startDate))
    yield startDate;
  const iterator = event.iterator();
  for (let next = following(iterator); next !== undefined; next = following(iterator)) {
    yield next;
    if (!event.isRecurring()) return;
  }
}

/** At its end it gives undefined, whatever its types say. */
function following(iterator: ICAL.RecurExpansion): ICAL.Time | undefined {
  return iterator.next();
}

function isLeftOut(component: ICAL.Component, time: ICAL.Time): boolean {
  return component
    .getAllProperties('exdate')
    .some((property) => property.getValues().some((date) => String(date) === time.toString()));
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
  where: Where,
  days: Set<string>,
  spans: [number, number][],
): void {
  if (!start.isDate) {
    const [from, to] = [instantOf(start, 'dtstart', where), instantOf(end, 'dtend', where)];
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

/** Where a time is to be understood: as the event says, else as the calendar has it. */
interface Where {
  readonly item: ICAL.Component;
  readonly timeZone: string;
}

/** In a zone that nobody knows by its name, the file's own words about it count. Times without any are the calendar's own. */
function instantOf(time: ICAL.Time, what: 'dtstart' | 'dtend', { item, timeZone }: Where): number {
  const { year, month, day, hour, minute, second } = time;
  const wall = Temporal.PlainDateTime.from({ year, month, day, hour, minute, second });
  const isUtc = ['Z', 'UTC'].includes(time.zone.tzid);
  const named = isUtc ? 'UTC' : (zoneSaid(item, what) ?? zoneSaid(item, 'dtstart'));
  const known = named === undefined ? undefined : instantIn(wall, named);
  if (known !== undefined) return known;
  if (isToldByFile(time.zone)) return time.toUnixTime() * 1000;
  const own = instantIn(wall, timeZone);
  if (own === undefined) throw new CalendarUnreadable(`there is no time zone ${timeZone}`);
  return own;
}

function zoneSaid(item: ICAL.Component, what: string): string | undefined {
  const said = item.getFirstProperty(what)?.getParameter('tzid');
  return typeof said === 'string' ? said : undefined;
}

function instantIn(wall: Temporal.PlainDateTime, zone: string): number | undefined {
  try {
    return wall.toZonedDateTime(zone).epochMilliseconds;
  } catch {
    return undefined;
  }
}

/** As Outlook names zones: `W. Europe Standard Time`, with a VTIMEZONE that says what that is. */
function isToldByFile(zone: { readonly component?: ICAL.Component | null }): boolean {
  return (zone.component?.getAllSubcomponents().length ?? 0) > 0;
}
