import type { ProbeFinding } from '../matrix/matrix-side.ts';
import type { Clock } from '../platform/clock.ts';
import type { HomeserverId } from '../platform/ids.ts';
import type { Logger } from '../platform/log.ts';

/** Keeps one homeserver sending. A homeserver that could not get rid of something comes again after up to 512 s; when it reaches us by our ping, at once. */
export interface Introduction {
  /** Says what is wrong, loudly and with the cure; asks again while there is something. Resolves with the first answer, or soon if there is none. */
  begin(): Promise<void>;
  /** Something that it sent could not be stored: it is called back as soon as it can. */
  refused(): void;
  /** Whether it had all that is needed when it was last asked. */
  isReachable(): boolean;
  stop(): void;
}

/** Between two attempts where something is wrong: doubled each time, up to the longest. */
const firstWaitMs = 1000;
const longestWaitMs = 10_000;
/** Until the store is asked again whether it takes what was refused. */
const callBackMs = 1000;
/** What was lost between the homeserver and us we do not know of. So long it may keep it at most. */
const pingEveryMs = 60_000;
/** A homeserver that says nothing does not hold up the start for longer. */
const beginWithinMs = 5000;

export function createIntroduction(options: {
  readonly homeserver: HomeserverId;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly probe: () => Promise<readonly ProbeFinding[]>;
  readonly ping: () => Promise<unknown>;
  /** Rejects where what the homeserver sends could not be stored. */
  readonly canTake: () => Promise<unknown>;
}): Introduction {
  const { homeserver, clock, logger } = options;
  let reachable = false;
  let stopped = false;
  let waitMs = firstWaitMs;
  let underWay = false;
  /** Something was refused since the homeserver last reached us. */
  let owed = false;
  let cancel = (): void => undefined;

  const next = (delayMs: number, action: () => Promise<void>): void => {
    cancel();
    if (!stopped) cancel = clock.after(delayMs, () => void action());
  };

  /** At once again where something was refused meanwhile. */
  const pingDelayMs = (): number => (owed ? callBackMs : pingEveryMs);

  const look = async (): Promise<void> => {
    underWay = true;
    owed = false;
    try {
      const wrong = (await options.probe()).filter(({ ok }) => !ok);
      reachable = wrong.length === 0;
      if (!stopped) for (const { check, detail } of wrong) logger.error({ homeserver, check }, detail);
    } catch (error) {
      reachable = false;
      logger.error({ homeserver, err: error }, 'the homeserver could not be asked');
    }
    underWay = false;
    if (reachable) {
      logger.info({ homeserver }, 'the homeserver has all that is needed');
      waitMs = firstWaitMs;
      next(pingDelayMs(), call);
    } else {
      next(waitMs, look);
      waitMs = Math.min(2 * waitMs, longestWaitMs);
    }
  };

  const call = async (): Promise<void> => {
    underWay = true;
    try {
      await options.canTake();
    } catch {
      underWay = false;
      next(callBackMs, call);
      return;
    }
    owed = false;
    try {
      await options.ping();
    } catch {
      // The probe pings as well, and finds out what is wrong.
      await look();
      return;
    }
    underWay = false;
    next(pingDelayMs(), call);
  };

  return {
    async begin() {
      await new Promise<void>((resolve) => {
        const cancelWait = clock.after(beginWithinMs, resolve);
        void look().then(() => {
          cancelWait();
          resolve();
        });
      });
    },
    refused() {
      if (!owed && !underWay) next(callBackMs, call);
      owed = true;
    },
    isReachable: () => reachable,
    stop() {
      stopped = true;
      cancel();
    },
  };
}
