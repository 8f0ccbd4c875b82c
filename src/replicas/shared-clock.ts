import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/log.ts';

/** What all replicas take for the time. */
export interface SharedClock extends Clock {
  /** @throws {StoreUnavailable} where the database cannot be asked */
  start(): Promise<void>;
  stop(): void;
}

/** How often the database is asked what time it is. */
const askEveryMs = 10_000;
/** An answer that was longer under way says too little. */
const longestAnswerMs = 1000;
/** From here on operators are told that a machine's clock is wrong. */
const worthTellingMs = 5000;

/**
 * The database's time, between its answers carried on by this machine's monotonic clock. So a timer that one replica set comes due at
 * the same moment for all, whatever a machine's own clock says and however it is set: with their own clocks, one replica that is two
 * hours ahead would fire all timers two hours early. Before the first answer it is this machine's time.
 */
export function createSharedClock({
  clock,
  askTime,
  logger,
}: {
  readonly clock: Clock;
  /** The database's time, milliseconds since the epoch. */
  readonly askTime: () => Promise<number>;
  readonly logger: Logger;
}): SharedClock {
  /** The database's time less our monotonic time. */
  let offset: number | undefined;
  let cancel = (): void => undefined;
  let running = false;
  let told = false;

  const now = (): number => (offset === undefined ? clock.now() : Math.round(clock.monotonic() + offset));

  const ask = async (): Promise<void> => {
    const asked = clock.monotonic();
    const time = await askTime();
    const answered = clock.monotonic();
    if (offset !== undefined && answered - asked > longestAnswerMs) return;
    offset = time - (asked + answered) / 2;
    const aheadMs = clock.now() - now();
    const isWrong = Math.abs(aheadMs) > worthTellingMs;
    if (isWrong && !told)
      logger.warn(
        { secondsAhead: Math.round(aheadMs / 1000) },
        "this machine's clock differs from the database's, which counts",
      );
    told = isWrong;
  };

  const askAgain = (): void => {
    cancel = clock.after(askEveryMs, () => {
      void ask()
        .catch((error: unknown) => {
          logger.debug({ reason: String(error) }, 'the database could not be asked for the time');
        })
        .finally(() => {
          if (running) askAgain();
        });
    });
  };

  return {
    now,
    monotonic: () => clock.monotonic(),
    after: (delayMs, action) => clock.after(delayMs, action),
    async start() {
      await ask();
      running = true;
      askAgain();
    },
    stop() {
      running = false;
      cancel();
    },
  };
}
