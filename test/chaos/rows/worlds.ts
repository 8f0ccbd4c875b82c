import { createRelayWorld, type RelayWorld, type RelayWorldOptions } from '../relay-world.ts';
import { noFaults } from '../relay-peers.ts';
import {
  createSwitchboardWorld,
  type SwitchboardWorld,
  type SwitchboardWorldOptions,
} from '../switchboard-world.ts';
import type { RowSetting } from './row.ts';

type Shared = { readonly shared?: { readonly replicas: number; readonly database: string } };

/** A database of its own for one run on PostgreSQL, gone after it. */
async function onStore<T>(
  { store, server }: RowSetting,
  replicas: number,
  use: (shared: Shared) => Promise<T>,
): Promise<T> {
  if (store === 'embedded') return use({});
  if (server === undefined) throw new Error('a row on PostgreSQL needs a server');
  const database = await server.createDatabase();
  try {
    return await use({ shared: { replicas, database } });
  } finally {
    await server.dropDatabase(database);
  }
}

/** All of Switchboard: one process on the embedded store, else `replicas` (default 2) on PostgreSQL. */
export async function withSwitchboard<T>(
  setting: RowSetting,
  options: Partial<SwitchboardWorldOptions> & { readonly replicas?: number },
  use: (world: SwitchboardWorld) => Promise<T>,
): Promise<T> {
  const { replicas = 2, ...more } = options;
  return onStore(setting, replicas, async (shared) => {
    const world = await createSwitchboardWorld({
      ...{ seed: setting.seed, conversations: 10, faults: noFaults, ...more },
      ...shared,
    });
    try {
      return await use(world);
    } finally {
      await world.close();
    }
  });
}

/** The delivery engine alone, likewise. */
export async function withRelay<T>(
  setting: RowSetting,
  options: Partial<RelayWorldOptions> & { readonly replicas?: number },
  use: (world: RelayWorld) => Promise<T>,
): Promise<T> {
  const { replicas = 2, ...more } = options;
  return onStore(setting, replicas, async (shared) => {
    const world = await createRelayWorld({
      ...{ seed: setting.seed, conversations: 50, faults: noFaults, policy: 'safe', ...more },
      ...shared,
    });
    try {
      return await use(world);
    } finally {
      await world.close();
    }
  });
}
