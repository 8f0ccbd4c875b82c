/** Milliseconds to wait before the next attempt: doubling from half a second to 15 s, with jitter so that tabs do not come all at once. */
export function backoff(failures: number): number {
  const whole = Math.min(15_000, 500 * 2 ** Math.min(failures, 10));
  return whole * (0.5 + Math.random() / 2);
}

/** Waits, or less where `woken` says so; gives the way to end it early. */
export class Pause {
  #wake: (() => void) | undefined;

  wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, delayMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  end(): void {
    this.#wake?.();
  }
}
