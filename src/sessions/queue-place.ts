import type { QueueId } from '../platform/ids.ts';

/** Where a session stands in its queue, as it was at `at`. Times in milliseconds. */
export interface QueuePlace {
  readonly at: number;
  readonly queue: QueueId;
  /** The first is 1. */
  readonly position: number;
  readonly size: number;
  readonly averageWaitMs: number;
  /** Agents of the queue who are there, whatever they have in hand. */
  readonly available: number;
  /** Absent where it is hidden. */
  readonly estimateMs?: number;
  /** Out of the queue's hours: when it opens, absent where nobody knows. */
  readonly closed?: { readonly opensAt?: number };
}

const lookEveryMs = 15_000;

/** When the places of those who wait are looked at next: whoever asks for it means the same moment, so that nobody puts it off. */
export function nextLookAt(now: number): number {
  return (Math.floor(now / lookEveryMs) + 1) * lookEveryMs;
}
