import type { Calendar, DaySpan } from '../../src/directory/calendar.ts';

const nineToFive: readonly DaySpan[] = [{ from: 9 * 60, to: 17 * 60 }];

/** Nine to five in Berlin, Monday to Friday. The worlds of these tests begin on Thursday, 15 January 2026, at 13:00 there. */
export function office(more: Partial<Calendar> = {}): Calendar {
  return {
    id: 'office',
    timeZone: 'Europe/Berlin',
    week: [nineToFive, nineToFive, nineToFive, nineToFive, nineToFive, [], []],
    exceptions: [],
    holidays: { days: [], spans: [] },
    ...more,
  };
}

export const calendars = new Map([['office', office()]]);
