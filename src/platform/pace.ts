import { createTurns } from './turns.ts';

/** What a {@link Pace} needs of the thread it shares out. */
export interface EventLoop {
  /** Calls when all that follows at once from what runs now (promises, ticks) has run. */
  whenQuiet(then: () => void): void;
  /** Calls after what came from outside meanwhile was taken. */
  later(then: () => void): void;
}

/**
 * Shares out the process's one thread. Whoever has work for a tenant waits for its turn; tenants take turns, one piece of work each, however
 * much one of them has waiting. So a tenant with little to do goes next, and not behind all of another's. Now and then the turns
 * pause, so that what comes from outside is taken, and put in its place among those who wait, before more is done.
 */
export interface Pace {
  /** Resolves when it is the tenant's turn. The turn lasts until what follows at once has run. */
  turn(tenant: string): Promise<void>;
  /** Turns that are waited for, over all tenants. */
  readonly waiting: number;
}

/**
 * Turns that are taken before others are listened to: some 2 ms of work. Counted and not timed, because on a machine that has little time
 * for this process every turn takes long, and looking for news after each would make it slower still.
 */
const turnsInSlice = 8;

export function createPace(loop: EventLoop = nodeEventLoop): Pace {
  const turns = createTurns<{ readonly group: string; readonly begin: () => void }>({
    overall: Number.POSITIVE_INFINITY,
    perGroup: Number.POSITIVE_INFINITY,
  });
  let waiting = 0;
  /** A slice lasts from its first turn until the loop has come round, even if its turns are over before. */
  let slice: 'none' | 'resting' | 'running' = 'none';
  let turnsLeft = 0;

  const beginSlice = (): void => {
    if (waiting === 0) {
      slice = 'none';
      return;
    }
    turnsLeft = turnsInSlice;
    loop.later(beginSlice);
    takeTurn();
  };
  const takeTurn = (): void => {
    const next = turns.take();
    slice = next === undefined ? 'resting' : 'running';
    if (next === undefined) return;
    turns.ended(next);
    waiting -= 1;
    turnsLeft -= 1;
    next.begin();
    loop.whenQuiet(() => {
      if (turnsLeft > 0) takeTurn();
      else slice = 'resting';
    });
  };

  return {
    get waiting() {
      return waiting;
    },
    turn(tenant) {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      turns.wait({ group: tenant, begin: () => resolve(undefined) });
      waiting += 1;
      if (slice === 'none') beginSlice();
      else if (slice === 'resting' && turnsLeft > 0) takeTurn();
      return promise;
    },
  };
}

const nodeEventLoop: EventLoop = {
  // A tick that is asked for by a promise's job comes when there are no more jobs.
  whenQuiet: (then) => {
    queueMicrotask(() => process.nextTick(then));
  },
  later: (then) => {
    setImmediate(then);
  },
};
