/** Time is passed in, so that tests and simulations decide what time it is. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds since some moment, which grow evenly whatever happens to the wall clock: for how long something took, never for when. */
  monotonic(): number;
  /** Calls `action` once after `delayMs`; the returned function cancels. Does not keep the process alive. */
  after(delayMs: number, action: () => void): () => void;
}

/** The longest delay a Node timer takes; longer ones fire at once. */
const longestTimer = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, action) {
    const timer = setTimeout(action, Math.min(Math.max(0, delayMs), longestTimer));
    timer.unref();
    return () => {
      clearTimeout(timer);
    };
  },
};
