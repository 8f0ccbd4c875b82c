import { Temporal } from 'temporal-polyfill';
import type { Calendar, Holidays } from '../../directory/calendar.ts';
import { openingsOf, type Opening } from './day-openings.ts';

/** When a calendar is open. Times are milliseconds since the epoch. */
export interface Hours {
  isOpen(at: number): boolean;
  /** `at` itself where it is open; undefined: not in the next two years. */
  nextOpening(at: number): number | undefined;
  /** `at` itself where it is closed; undefined: not in the next two years. */
  nextClosing(at: number): number | undefined;
  /** How much of the time between is open. */
  openTimeBetween(from: number, to: number): number;
  /** What is open between these moments, growing and apart. */
  openingsBetween(from: number, to: number): readonly Opening[];
  /** When so much open time has passed; undefined: not in the next two years. */
  addOpenTime(at: number, ms: number): number | undefined;
}

const dayMs = 86_400_000;
const farthestDays = 731;
/** A span that began the day before yesterday at the latest may still be open: it lasts two days at most. */
const daysBack = 2;
const mostDaysKept = 3000;

/** `more`: holidays that were fetched for it. */
export function createHours(calendar: Calendar, more?: Holidays): Hours {
  const holidays = new Set([...calendar.holidays.days, ...(more?.days ?? [])]);
  const closed = [...calendar.holidays.spans, ...(more?.spans ?? [])].sort(([a], [b]) => a - b);
  const days = new Map<string, readonly Opening[]>();
  const openingsOn = (date: Temporal.PlainDate): readonly Opening[] => {
    const key = date.toString();
    const known = days.get(key);
    if (known !== undefined) return known;
    if (days.size >= mostDaysKept) days.clear();
    const found = openingsOf(calendar, holidays, date);
    days.set(key, found);
    return found;
  };
  /** Growing and apart, though one may begin where another ends; from those on that are not over at `at`. */
  function* openings(at: number): Generator<Opening> {
    let date = dateAt(calendar.timeZone, at).subtract({ days: daysBack });
    let reached = at;
    for (let day = -daysBack; day <= farthestDays; day++) {
      for (const [from, to] of openingsOn(date)) {
        const begins = Math.max(from, reached);
        if (begins < to) yield* without([begins, to], closed);
        reached = Math.max(reached, to);
      }
      date = date.add({ days: 1 });
    }
  }
  const openingsBetween = (from: number, to: number): Opening[] => {
    const found: Opening[] = [];
    // In stretches, for each looks two years ahead only.
    for (let at = from; at < to;) {
      const end = Math.min(to, at + (farthestDays - daysBack) * dayMs);
      for (const [opens, closes] of openings(at)) {
        if (opens >= end) break;
        found.push([opens, Math.min(closes, end)]);
      }
      at = end;
    }
    return found;
  };
  const nextOpening = (at: number): number | undefined => {
    for (const [from] of openings(at)) return from;
    return undefined;
  };

  return {
    isOpen: (at) => {
      let date = dateAt(calendar.timeZone, at).subtract({ days: daysBack });
      for (let day = -daysBack; day <= 0; day++) {
        if (openingsOn(date).some(([from, to]) => from <= at && at < to))
          return !closed.some(([shuts, opens]) => shuts <= at && at < opens);
        date = date.add({ days: 1 });
      }
      return false;
    },
    nextOpening,
    nextClosing(at) {
      let reached = at;
      for (const [from, to] of openings(at)) {
        if (from > reached) return reached;
        reached = to;
      }
      return reached < at + (farthestDays - daysBack) * dayMs ? reached : undefined;
    },
    openTimeBetween: (from, to) =>
      openingsBetween(from, to).reduce((sum, [opens, closes]) => sum + closes - opens, 0),
    openingsBetween,
    addOpenTime(at, ms) {
      let left = ms;
      for (const [opens, closes] of openings(at)) {
        if (left <= closes - opens) return opens + left;
        left -= closes - opens;
      }
      return undefined;
    },
  };
}

/** What is left of an opening between closed stretches, which grow. */
function* without([from, to]: Opening, closed: readonly (readonly [number, number])[]): Generator<Opening> {
  let at = from;
  for (const [shuts, opens] of closed) {
    if (opens <= at) continue;
    if (shuts >= to) break;
    if (shuts > at) yield [at, shuts];
    at = opens;
  }
  if (at < to) yield [at, to];
}

function dateAt(timeZone: string, at: number): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).toPlainDate();
}
