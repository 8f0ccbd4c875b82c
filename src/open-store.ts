import { mkdirSync } from 'node:fs';
import type { Settings } from './config/load-config.ts';
import type { Clock } from './platform/clock.ts';
import type { Logger } from './platform/log.ts';
import { openNedbStore } from './store/nedb/open-nedb-store.ts';
import { openPostgresStore } from './store/postgres/open-postgres-store.ts';
import type { Store } from './store/store.ts';

/** One writing to disk, or one transaction, of commits that shared it. */
interface GroupReport {
  readonly batches: number;
  readonly bytes: number;
  readonly seconds: number;
}

/** Makes the directory, which holds files and the link secret with either engine, and opens the store that the config names. */
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
  return openPostgresStore({ ...options, ...postgres });
}
