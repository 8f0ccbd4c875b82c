/** What is known of a queue when somebody's wait is estimated. Times in milliseconds since the epoch. */
export interface WaitFacts {
  readonly now: number;
  /** When agents took sessions of the queue, the newest last; of the last {@link estimateWindowMs} at most {@link mostSamples}. */
  readonly accepted: readonly number[];
  /** Agents of the queue who are `available`, whatever they have in hand. */
  readonly available: number;
  /** Out of the queue's hours. Default: it is open. */
  readonly isClosed?: boolean;
}

/** Older acceptances say nothing about now. */
export const estimateWindowMs = 30 * 60_000;
/** So many of the newest are enough. */
export const mostSamples = 50;
/** Of fewer nobody can tell. */
export const leastSamples = 5;
/** Longer waits are guesses. */
const longestEstimateMs = 2 * 3_600_000;

/**
 * How long whoever stands at this position (1: the first) waits until an agent takes them: the position over the rate at which agents took sessions
 * lately, the silence since the last one included. Undefined, to be hidden, where that would be a guess: fewer than {@link leastSamples} acceptances in
 * the window, nobody there, the queue closed, or a wait of more than two hours.
 */
export function estimateWait(
  position: number,
  { now, accepted, available, isClosed = false }: WaitFacts,
): number | undefined {
  if (available === 0 || isClosed) return undefined;
  const recent = accepted.filter((at) => at > now - estimateWindowMs).slice(-mostSamples);
  const first = recent[0];
  if (first === undefined || recent.length < leastSamples) return undefined;
  // The first only begins the time that is looked at.
  const perAcceptanceMs = (now - first) / (recent.length - 1);
  const estimate = Math.round(position * perAcceptanceMs);
  return estimate <= longestEstimateMs ? estimate : undefined;
}
