import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../src/platform/clock.ts';
import type { TenantId } from '../../src/platform/ids.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { openNedbStore } from '../../src/store/nedb/open-nedb-store.ts';
import { StoreUnavailable, type Store, type Write } from '../../src/store/store.ts';

export interface FaultyStore extends Store {
  /** While set, commits are refused; `after`: refused, though they took effect (an answer that got lost). */
  outage: 'none' | 'before' | 'after';
  /** Commits that took effect. */
  readonly commits: number;
  /** Calls that have not settled. */
  readonly underWay: number;
  /** Called before each commit. */
  beforeCommit: (tenant: TenantId, writes: readonly Write[]) => void;
}

/** The embedded store in a directory of its own, with faults at the test's command. Gone with the test. */
export function createFaultyStore(): FaultyStore {
  const opening = open();
  let commits = 0;
  let underWay = 0;
  const counted = async <T>(call: (store: Store) => Promise<T>): Promise<T> => {
    underWay += 1;
    try {
      return await call((await opening).store);
    } finally {
      underWay -= 1;
    }
  };
  onTestFinished(async () => {
    const { store, directory } = await opening;
    await store.close();
    await rm(directory, { recursive: true });
  });
  const faulty: FaultyStore = {
    outage: 'none',
    get commits() {
      return commits;
    },
    get underWay() {
      return underWay;
    },
    beforeCommit: () => undefined,
    get: async (tenant, collection, id) => counted(async (store) => store.get(tenant, collection, id)),
    find: async (tenant, collection, query) =>
      counted(async (store) => {
        if (faulty.outage === 'before') throw new StoreUnavailable('outage');
        return store.find(tenant, collection, query);
      }),
    commit: async (tenant, writes) =>
      counted(async (store) => {
        faulty.beforeCommit(tenant, writes);
        const { outage } = faulty;
        if (outage === 'before') throw new StoreUnavailable('outage');
        await store.commit(tenant, writes);
        commits += 1;
        if (outage === 'after') throw new StoreUnavailable('outage');
      }),
    tenants: async () => counted(async (store) => store.tenants()),
    close: async () => counted(async (store) => store.close()),
  };
  return faulty;
}

async function open(): Promise<{ store: Store; directory: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'switchboard-delivery-'));
  // Without fsync: these tests end the engine, not the machine.
  const store = await openNedbStore({ directory, fsync: false, clock: systemClock, logger: silentLogger });
  return { store, directory };
}
