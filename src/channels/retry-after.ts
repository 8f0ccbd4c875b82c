/** The longest wait that we take from a network; beyond it, the outbox's own backoff serves better. */
const longestMs = 3_600_000;

/**
 * What a Retry-After header asks for, in milliseconds from `now` (milliseconds since the epoch), at most an hour; undefined
 * where there is none or it cannot be read. Seconds or a date, as RFC 9110 section 10.2.3 has it.
 */
export function retryAfterMs(header: string | string[] | undefined, now: number): number | undefined {
  const value = (Array.isArray(header) ? header[0] : header)?.trim() ?? '';
  if (/^\d{1,9}$/.test(value)) return Math.min(Number(value) * 1000, longestMs);
  const date = /[a-z]/i.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.min(Math.max(0, date - now), longestMs);
}
