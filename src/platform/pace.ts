import { createTurns } from './turns.ts';

/** What a {@link Pace} needs of the thread it shares out: calls after what came from outside meanwhile was taken. */
export type Later = (then: () => void) => void;

/**
 * Shares out the process's one thread. While there is little to do, everything goes at once. Where more is asked for than the thread does in
 * one go, tenants take turns, one piece of work each, however much one of them has waiting: so a tenant with little to do goes next, and
 * not behind all of another's. Between rounds what comes from outside is taken, and put in its place among those who wait.
 */
export interface Pace {
  /** Resolves when it is the tenant's turn. */
  turn(tenant: string): Promise<void>;
  /** Turns that are waited for, over all tenants. */
  readonly waiting: number;
}

/**
 * Turns in one round of the event loop: some 5 ms of work. Counted and not timed, because on a machine that has little time for this
 * process every turn takes long. Fewer made rounds so short that commits shared less, and a message cost a third more.
 */
export const turnsInRound = 32;

export function createPace(later: Later = setImmediate): Pace {
  const turns = createTurns<{ readonly group: string; readonly begin: () => void }>({
    overall: Number.POSITIVE_INFINITY,
    perGroup: Number.POSITIVE_INFINITY,
  });
  let waiting = 0;
  let left = turnsInRound;
  let isComing = false;

  const comeRound = (): void => {
    if (isComing) return;
    isComing = true;
    later(() => {
      isComing = false;
      left = turnsInRound;
      while (left > 0 && takeTurn());
      if (left < turnsInRound) comeRound();
    });
  };
  const takeTurn = (): boolean => {
    const next = turns.take();
    if (next === undefined) return false;
    turns.ended(next);
    waiting -= 1;
    left -= 1;
    next.begin();
    return true;
  };

  return {
    get waiting() {
      return waiting;
    },
    async turn(tenant) {
      comeRound();
      if (waiting === 0 && left > 0) {
        left -= 1;
        return;
      }
      const { promise, resolve } = Promise.withResolvers<undefined>();
      turns.wait({ group: tenant, begin: () => resolve(undefined) });
      waiting += 1;
      await promise;
    },
  };
}
