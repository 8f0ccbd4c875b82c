import type { DeliveryFailure } from './delivery.ts';

/** An attempt that did not end well. */
export interface FailedAttempt {
  /** Counts a delivery's attempts from 1. One that never began (nobody could say how to send) bears the number of the one before it. */
  readonly number: number;
  /** When it was known to have failed. */
  readonly at: number;
  /** `interrupted`: the process ended while it was under way, and nobody heard how it went. */
  readonly kind: DeliveryFailure['kind'] | 'interrupted';
  readonly reason: string;
  /** Whether it is certain that nothing went out. */
  readonly certain: boolean;
  /** When the next attempt was to be made; absent where there was to be none. */
  readonly nextAt?: number;
}

/** A delivery's failed attempts, oldest first: of many only the first and the last few, so that a record stays small. */
export interface AttemptTrail {
  readonly kept: readonly FailedAttempt[];
  /** How many there were between the first and the last few. */
  readonly leftOut?: number;
}

/** So many from the beginning; as many from the end. */
export const keptAtEachEnd = 5;
const longestReason = 300;

export function addAttempt(trail: AttemptTrail | undefined, attempt: FailedAttempt): AttemptTrail {
  const short = { ...attempt, reason: attempt.reason.slice(0, longestReason) };
  const kept = [...(trail?.kept ?? []), short];
  const leftOut = trail?.leftOut ?? 0;
  if (kept.length <= 2 * keptAtEachEnd) return leftOut === 0 ? { kept } : { kept, leftOut };
  return { kept: kept.toSpliced(keptAtEachEnd, 1), leftOut: leftOut + 1 };
}
