/** At first: what even a slow machine answers in two seconds. */
const firstLimit = 500;
/** However slow answers are: so few are no queue. */
const leastLimit = 32;
const slowMs = 1000;
const quickMs = 500;
const lessBy = 0.8;
/** For each quick answer. */
const moreBy = 0.25;
/** A limit shows its effect when those that were let in before it are gone. */
const pauseMs = 200;

/**
 * How many may be worked on at once, so that the last of them waits for about a second: found by trying. What is slow though there is
 * no throng (a large file, a slow line) says nothing, so only answers count that were given while half of the limit was under way.
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
    if (atOnce < this.#limit / 2) return;
    if (tookMs <= quickMs) this.#limit = Math.min(this.#most, this.#limit + moreBy);
    else if (tookMs > slowMs && at - this.#lessAt >= pauseMs) {
      this.#limit = Math.max(Math.min(this.#most, leastLimit), this.#limit * lessBy);
      this.#lessAt = at;
    }
  }
}
