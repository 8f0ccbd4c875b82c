import { DeliveryFailure, type DeliveryRecord, type ResendPolicy } from './delivery.ts';

/** When to try again, and when to give up. Milliseconds. */
export interface RetryRules {
  readonly baseMs: number;
  readonly capMs: number;
  /** For `unauthorised` and `unreachable`: nobody but an operator, or time, can cure them. */
  readonly slowBaseMs: number;
  readonly slowCapMs: number;
  /** From the delivery's making; after it the last failure stands. At least one attempt is made. */
  readonly maximumAgeMs: number;
}

export const defaultRetryRules: RetryRules = {
  baseMs: 1000,
  capMs: 60_000,
  slowBaseMs: 30_000,
  slowCapMs: 600_000,
  maximumAgeMs: 24 * 3_600_000,
};

/** What follows from a failed attempt. */
export type AfterFailure =
  | { readonly next: 'retry'; readonly at: number }
  | { readonly next: 'failed' }
  | { readonly next: 'unclear' };

/** `random` in [0, 1). */
export function afterFailure(
  failure: DeliveryFailure,
  delivery: Pick<DeliveryRecord, 'attempts' | 'createdAt' | 'failure'>,
  policy: ResendPolicy,
  rules: RetryRules,
  now: number,
  random: number,
): AfterFailure {
  const { kind } = failure;
  if (kind === 'permanent' || kind === 'windowClosed' || kind === 'optedOut') return { next: 'failed' };
  if (!failure.certain && policy === 'ask') return { next: 'unclear' };
  const at = now + delayMs(failure, delivery.attempts, rules, random);
  if (at - delivery.createdAt <= rules.maximumAgeMs) return { next: 'retry', at };
  // Nobody knows whether one of the attempts went out, so nobody may be told that none did.
  return { next: failure.certain && delivery.failure?.certain !== false ? 'failed' : 'unclear' };
}

/** `attempts` made so far, the failed one included. */
export function delayMs(
  failure: Pick<DeliveryFailure, 'kind' | 'retryAfterMs'>,
  attempts: number,
  rules: RetryRules,
  random: number,
): number {
  // The other side named a time: not before it, and spread a little so that not everybody comes back at once.
  if (failure.retryAfterMs !== undefined) return Math.ceil(failure.retryAfterMs * (1 + 0.1 * random));
  const slow = isSlow(failure.kind);
  return backoffMs(
    slow ? rules.slowBaseMs : rules.baseMs,
    slow ? rules.slowCapMs : rules.capMs,
    attempts,
    random,
  );
}

/** Failures that last: nothing but an operator or the other side's return cures them. */
export function isSlow(kind: DeliveryFailure['kind']): boolean {
  return kind === 'unauthorised' || kind === 'unreachable';
}

/** Exponential with full jitter: anything from nothing up to base * 2^(attempts - 1), and never above the cap. */
export function backoffMs(baseMs: number, capMs: number, attempts: number, random: number): number {
  const ceiling = Math.min(capMs, baseMs * 2 ** Math.min(attempts - 1, 30));
  return Math.ceil(ceiling * random);
}

/** Whatever a transport threw, in the words of the contract. */
export function asDeliveryFailure(error: unknown): DeliveryFailure {
  if (error instanceof DeliveryFailure) return error;
  const reason = error instanceof Error ? error.message : 'unknown error';
  return new DeliveryFailure({ kind: 'retry', certain: false, reason }, { cause: error });
}
