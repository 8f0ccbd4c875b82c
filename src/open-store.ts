import { mkdirSync } from 'node:fs';
import type { Settings } from './config/load-config.ts';
import type { Clock } from './platform/clock.ts';
import type { Logger } from './platform/log.ts';
import { openNedbStore } from './store/nedb/open-nedb-store.ts';
import { holdsEmbeddedStore } from './store/nedb/held-directory.ts';
import { openPostgresStore } from './store/postgres/open-postgres-store.ts';
import { UnfitDatabase } from './store/postgres/unfit-database.ts';
import type { Store } from './store/store.ts';

/** One writing to disk, or one transaction, of commits that shared it. */
interface GroupReport {
  readonly batches: number;
  readonly bytes: number;
  readonly seconds: number;
}

/** Makes the directory, which holds files and the link secret with either engine, and opens the store that the config names. @throws {UnfitDatabase} and what the engines throw. */
export async function openStore(
  settings: Settings,
  options: {
    readonly clock: Clock;
    readonly logger: Logger;
    readonly onGroup: (group: GroupReport) => void;
  },
): Promise<Store> {
  const { storeDirectory: directory, postgres, config } = settings;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (postgres === undefined) return openNedbStore({ ...options, directory, fsync: config.store.fsync });
  const store = await openPostgresStore({ ...options, ...postgres });
  try {
    await mustNotLeaveBehind((await store.tenants()).length === 0, directory);
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Started on an empty database, a forgotten move could not be made up for: the database would no longer be empty. */
export async function mustNotLeaveBehind(isEmpty: boolean, directory: string): Promise<void> {
  if (!isEmpty || !(await holdsEmbeddedStore(directory))) return;
  throw new UnfitDatabase(
    `an empty database, while ${directory} has the records of an embedded store`,
    'that --move-store brings them here first, or that its journal-* and checkpoint-* are put away',
  );
}
