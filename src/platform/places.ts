import { createTurns } from './turns.ts';

/**
 * A number of places for work that waits for somebody else (a homeserver, a database). While there is a free one it is taken at once; otherwise
 * tenants take turns, one place each, so that a tenant that asks for little waits for the next place that gets free, and not
 * behind all that another asked for.
 */
export interface Places {
  /** Resolves when a place is had, with what gives it back. Rejects when `signal` aborts before. */
  take(tenant: string, signal?: AbortSignal): Promise<() => void>;
}

interface Waiting {
  readonly group: string;
  begin(): boolean;
}

/** `perTenant`: of these, so many at most are one tenant's, whatever is free. Default: all. */
export function createPlaces(count: number, perTenant = count): Places {
  const turns = createTurns<Waiting>({ overall: count, perGroup: perTenant });
  const fill = (): void => {
    for (let next = turns.take(); next !== undefined; next = turns.take())
      if (!next.begin()) turns.ended(next);
  };
  return {
    async take(tenant, signal) {
      const { promise, resolve, reject } = Promise.withResolvers<() => void>();
      let state: 'waiting' | 'begun' | 'over' = 'waiting';
      const giveUp = (): void => {
        if (state !== 'waiting') return;
        state = 'over';
        reject(signal?.reason as Error);
      };
      const mine: Waiting = {
        group: tenant,
        begin() {
          if (state !== 'waiting') return false;
          state = 'begun';
          signal?.removeEventListener('abort', giveUp);
          resolve(() => {
            if (state !== 'begun') return;
            state = 'over';
            turns.ended(mine);
            fill();
          });
          return true;
        },
      };
      signal?.throwIfAborted();
      signal?.addEventListener('abort', giveUp);
      turns.wait(mine);
      fill();
      return promise;
    },
  };
}
