import type { Clock } from '../platform/clock.ts';
import type { Store } from '../store/store.ts';
import { deliveries, inboxEntries } from './collections.ts';

/**
 * Gives numbers that grow for ever, over restarts too: each is greater than all that were given, to any process on the same store,
 * before it was asked for.
 */
export interface Sequence {
  next(): Promise<number>;
}

/**
 * For a store that this process has to itself. Starts behind everything that is stored, and no lower than the time, so that numbers grow even where all earlier records are
 * gone. Later numbers do not look at the clock: it may jump back.
 */
export async function openSequence(store: Store, clock: Clock): Promise<Sequence> {
  let last = clock.now() * 1000;
  for (const tenant of await store.tenants()) {
    const newest = await Promise.all([
      store.find(tenant, inboxEntries, { index: 'bySequence', equals: [], descending: true, limit: 1 }),
      ...[true, false].map(async (queued) =>
        store.find(tenant, deliveries, { index: 'byQueued', equals: [queued], descending: true, limit: 1 }),
      ),
    ]);
    for (const record of newest.flat()) last = Math.max(last, record.value.sequence);
  }
  return {
    async next() {
      last += 1;
      return last;
    },
  };
}
