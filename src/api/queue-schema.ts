import { z } from 'zod';
import { badRequest } from './refusal.ts';

const dayMs = 86_400_000;
/** What is read for one answer has an end. */
const longestDays = 31;
const time = z.iso
  .datetime({ offset: true, error: 'a time as 2026-01-31T12:00:00Z' })
  .max(40, 'a time as 2026-01-31T12:00:00Z')
  .transform((text) => Date.parse(text));
const thresholdsExpected = '1 to 10 whole numbers of seconds, each from 1 to 86400, with commas between';
const thresholds = z
  .string(thresholdsExpected)
  .regex(/^\d{1,5}(?:,\d{1,5}){0,9}$/, thresholdsExpected)
  .transform((text) => [...new Set(text.split(',').map(Number))].sort((a, b) => a - b))
  .refine((all) => all.every((value) => value >= 1 && value <= 86_400), thresholdsExpected);
const query = z.strictObject({
  since: time.optional(),
  until: time.optional(),
  thresholds: thresholds.default([30, 60, 120, 300, 600]),
});

export interface StatisticsQuery {
  readonly since: number;
  readonly until: number;
  /** Seconds, growing. */
  readonly thresholds: readonly number[];
}

/**
 * `GET /queues/{queue}/statistics`: the day before now, or before `until`, unless `since` says otherwise.
 * @throws {Refusal} that names the parameter
 */
export function statisticsQuery(given: URLSearchParams, now: number): StatisticsQuery {
  const read = query.safeParse(Object.fromEntries(given));
  if (!read.success) {
    const [issue] = read.error.issues;
    if (issue?.code === 'unrecognized_keys')
      throw badRequest('query: expected since, until and thresholds only.');
    throw badRequest(`${String(issue?.path[0] ?? 'query')}: expected ${issue?.message ?? 'another value'}.`);
  }
  const { until = now, thresholds: seconds } = read.data;
  const { since = until - dayMs } = read.data;
  if (since > until) throw badRequest('since: expected a time before until.');
  if (until - since > longestDays * dayMs)
    throw badRequest(`since: expected at most ${String(longestDays)} days before until.`);
  return { since, until, thresholds: seconds };
}
