/** At first: what even a slow machine answers in a second or two. */
const firstLimit = 200;
/** However slow answers are: so few are no queue. */
const leastLimit = 32;
const slowMs = 1000;
const quickMs = 500;
/** For each quick answer. */
const moreBy = 0.25;

/**
 * How many may be worked on at once, so that the last of them waits for about a second: found by trying. What is slow though there is
 * no throng (a large file, a slow line) says nothing, so only answers cut it that were given while half of it was under way;
 * quick ones always mend it, up to what it was at first.
 */
export class AdaptiveLimit {
  readonly #most: number;
  #limit: number;
  #lessAt = -Infinity;

  /** @param most it is never more. */
  constructor(most: number) {
    this.#most = most;
    this.#limit = Math.min(most, firstLimit);
  }

  get now(): number {
    return Math.floor(this.#limit);
  }

  /** One was answered, `tookMs` after it was begun. @param atOnce how many were under way, this one included. @param at milliseconds, monotonic. */
  answered(tookMs: number, atOnce: number, at: number): void {
    const isThrong = atOnce >= this.#limit / 2;
    if (tookMs <= quickMs) {
      const most = isThrong ? this.#most : Math.max(this.#limit, Math.min(this.#most, firstLimit));
      this.#limit = Math.min(most, this.#limit + moreBy);
    }
    // What was let in before the last cut shows nothing of its effect.
    if (isThrong && tookMs > slowMs && at - tookMs >= this.#lessAt) {
      // So many are answered in `slowMs`.
      this.#limit = Math.max(Math.min(this.#most, leastLimit), (atOnce * slowMs) / tookMs);
      this.#lessAt = at;
    }
  }
}
