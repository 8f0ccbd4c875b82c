import type { z } from 'zod';
import type { Calendar, DaySpan, Holidays } from '../directory/calendar.ts';
import type { ServiceLevels } from '../directory/service-levels.ts';
import { readHolidays } from '../routing/hours/read-ical.ts';
import { weekDays, type calendar, type ownHours, type serviceLevels } from './calendars-schema.ts';

const noHolidays: Holidays = { days: [], spans: [] };

export function toCalendar(
  id: string,
  declared: z.output<typeof calendar> | z.output<typeof ownHours>,
): Calendar {
  const { timeZone, week, exceptions } = declared;
  const { holidays, holidaysUrl } = { holidays: undefined, holidaysUrl: undefined, ...declared };
  return {
    id,
    timeZone,
    week: weekDays.map((day) => week[day].map(toSpan)),
    exceptions: exceptions.map(({ from, to = from, open }) => ({ from, to, open: open.map(toSpan) })),
    holidays: holidays === undefined ? noHolidays : readHolidays(holidays, timeZone),
    ...(holidaysUrl === undefined ? {} : { holidaysUrl }),
  };
}

const dayMinutes = 1440;

function toSpan(text: string): DaySpan {
  const [from = 0, to = 0] = text.split('-').map((time) => {
    const [hours = 0, minutes = 0] = time.split(':').map(Number);
    return hours * 60 + minutes;
  });
  return { from, to: to <= from ? to + dayMinutes : to };
}

export function toServiceLevels(declared: z.output<typeof serviceLevels>): ServiceLevels {
  const { firstAnswerSeconds, nextAnswerSeconds, solutionSeconds, warnPercent, raisePriority } = declared;
  return {
    ...(firstAnswerSeconds === undefined ? {} : { firstAnswerMs: firstAnswerSeconds * 1000 }),
    ...(nextAnswerSeconds === undefined ? {} : { nextAnswerMs: nextAnswerSeconds * 1000 }),
    ...(solutionSeconds === undefined ? {} : { solutionMs: solutionSeconds * 1000 }),
    warnAt: warnPercent / 100,
    raisePriority,
  };
}
