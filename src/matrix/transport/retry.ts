import type { RetryMode } from './homeserver-client.ts';
import type { MatrixError } from './matrix-error.ts';

/** Attempts of one request, the first included. What still fails then is the outbox's to retry. */
export const attemptsPerRequest = 5;
/** A homeserver that wants us to wait longer is not waited for here: the error goes up, with its `retryAfterMs`. */
export const longestWaitMs = 30_000;
const firstBackoffMs = 200;

/**
 * How long to wait before the next attempt; undefined: do not try again. `attempt` counts from 1.
 * `random` is from [0, 1).
 */
export function retryDelayMs(
  error: MatrixError,
  attempt: number,
  mode: RetryMode,
  random: number,
): number | undefined {
  if (mode === 'never' || attempt >= attemptsPerRequest || !isWorthRepeating(error)) return undefined;
  if (mode === 'limited' && !error.certain) return undefined;
  if (error.retryAfterMs !== undefined) {
    // Never earlier than asked; up to a tenth later, so that all who were refused do not come back at once.
    const wait = error.retryAfterMs * (1 + random / 10);
    return wait > longestWaitMs ? undefined : wait;
  }
  // Half fixed, half random: at 5 attempts some 2 to 3 s in all.
  const backoff = firstBackoffMs * 2 ** (attempt - 1);
  return backoff / 2 + random * (backoff / 2);
}

function isWorthRepeating(error: MatrixError): boolean {
  if (error.status === 0)
    return error.errcode === 'SWITCHBOARD_UNREACHABLE' || error.errcode === 'SWITCHBOARD_TIMEOUT';
  return error.status === 429 || error.status === 502 || error.status === 503 || error.status === 504;
}
