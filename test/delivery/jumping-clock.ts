import type { Clock } from '../../src/platform/clock.ts';

export interface JumpingClock extends Clock {
  /** Moves the time on and fires what becomes due, in order. */
  advance(byMs: number): void;
  /** Sets the wall clock without the timers noticing, as an operator or NTP does. */
  jump(byMs: number): void;
  /** Milliseconds until the next timer, if there is one. */
  nextIn(): number | undefined;
}

interface Timer {
  readonly at: number;
  readonly action: () => void;
}

/** Time stands still until the test moves it. Delays run on a clock of their own (monotonic), like Node's. */
export function createJumpingClock(start = 1_700_000_000_000): JumpingClock {
  let monotonic = 0;
  let offset = start;
  const timers = new Set<Timer>();
  const earliest = (): Timer | undefined =>
    [...timers].reduce<Timer | undefined>(
      (least, timer) => (least === undefined || timer.at < least.at ? timer : least),
      undefined,
    );
  return {
    now: () => monotonic + offset,
    monotonic: () => monotonic,
    after(delayMs, action) {
      const timer = { at: monotonic + Math.max(0, delayMs), action };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance(byMs) {
      const end = monotonic + byMs;
      for (let timer = earliest(); timer !== undefined && timer.at <= end; timer = earliest()) {
        timers.delete(timer);
        monotonic = Math.max(monotonic, timer.at);
        timer.action();
      }
      monotonic = end;
    },
    jump(byMs) {
      offset += byMs;
    },
    nextIn() {
      const next = earliest();
      return next === undefined ? undefined : next.at - monotonic;
    },
  };
}
