/** A point of priority is worth a minute of waiting (Genesys' scoring). */
const priorityPointMs = 60_000;

/**
 * The place of a session among those that wait; the smallest goes first. It is the time until which an answer is promised, moved forward by
 * priority, so that waiting, priority and the pressure of the promise count at once. It does not change while time passes, so it can
 * be an index: score = waited - promised + priority, in milliseconds, is now - rank.
 */
export function rankOf(waiting: {
  readonly since: number;
  /** 0 is ordinary; each point is worth a minute of waiting. */
  readonly priority: number;
  readonly promisedMs: number;
}): number {
  return waiting.since + waiting.promisedMs - waiting.priority * priorityPointMs;
}

/** With so many points of priority more. */
export function raisedRank(rank: number, points: number): number {
  return rank - points * priorityPointMs;
}
