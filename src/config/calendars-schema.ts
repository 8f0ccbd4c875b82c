import { z } from 'zod';
import { CalendarUnreadable, longestCalendar, readHolidays } from '../routing/hours/read-ical.ts';
import { seconds } from './schema-words.ts';

const spanWords =
  'hours such as 09:00-17:30, at most until 24:00; an end before the beginning is on the next day';
const span = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d-(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/, spanWords);
const spans = z.array(span).max(20);
const date = z.iso.date('a day such as 2026-12-24');
const days = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
export type WeekDay = (typeof days)[number];
export const weekDays: readonly WeekDay[] = days;

const timeZone = z
  .string()
  .min(1)
  .max(64)
  .refine(isTimeZone, 'a time zone of the IANA database such as Europe/Berlin');

const day = (example?: readonly string[]) =>
  spans.default([]).meta({
    description: 'When it is open on that day.',
    ...(example === undefined ? {} : { example }),
  });

export const week = z.strictObject({
  monday: day(['09:00-17:00']),
  tuesday: day(['09:00-17:00']),
  wednesday: day(['09:00-17:00']),
  thursday: day(['09:00-12:00', '13:00-17:00']),
  friday: day(),
  saturday: day(),
  sunday: day(),
});

const exception = z.strictObject({
  from: date.meta({ description: 'First day.' }),
  to: date.optional().meta({ description: 'Last day; the first unless given.' }),
  open: spans.default([]).meta({ description: 'When it is open on those days; not at all unless given.' }),
});

const shape = {
  timeZone: timeZone.meta({ description: 'Time zone of the hours.', example: 'Europe/Berlin' }),
  week: week.prefault({}).meta({ description: 'Hours of an ordinary week.' }),
  exceptions: z
    .array(exception)
    .max(1000)
    .default([])
    .meta({
      description: 'Days that are other than week and holidays say; the last that names a day counts.',
      example: [{ from: '2026-12-24', open: ['09:00-12:00'] }],
    }),
  holidays: z.string().max(longestCalendar).optional().meta({
    description: 'An iCalendar file (RFC 5545) in full; each of its events closes its days or hours.',
  }),
  holidaysUrl: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .optional()
    .meta({
      description:
        'Where such a file is, fetched every six hours; the last good one counts. Private addresses are not asked.',
      example: 'https://calendars.example/holidays.ics',
    }),
};

/** A calendar as config file and REST have it. */
export const calendar = z.strictObject(shape).superRefine((given, context) => {
  const { holidays, timeZone: zone } = given;
  if (holidays === undefined || !isTimeZone(zone)) return;
  try {
    readHolidays(holidays, zone);
  } catch (error) {
    if (!(error instanceof CalendarUnreadable)) throw error;
    context.addIssue({ code: 'custom', path: ['holidays'], message: `an iCalendar file (${error.message})` });
  }
});

/** Hours of one agent. */
export const ownHours = z.strictObject({
  timeZone: shape.timeZone,
  week: shape.week,
  exceptions: shape.exceptions,
});

/** What customers are promised. */
export const serviceLevels = z.strictObject({
  firstAnswerSeconds: seconds(1, 31 * 86_400)
    .optional()
    .meta({ description: 'Until an agent’s first word, from the opening of the session on.', example: 300 }),
  nextAnswerSeconds: seconds(1, 31 * 86_400)
    .optional()
    .meta({ description: 'Until an agent’s word after one of the customer’s.', example: 600 }),
  solutionSeconds: seconds(1, 366 * 86_400)
    .optional()
    .meta({ description: 'Until the session is closed, from its opening on.', example: 14_400 }),
  warnPercent: z
    .number()
    .min(1)
    .max(99)
    .default(75)
    .meta({ description: 'Of that time, after which agents are warned.' }),
  raisePriority: z.int().min(0).max(1000).default(5).meta({
    description:
      'Points of priority that a waiting session gains with the warning, and again when it is too late.',
  }),
});

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
