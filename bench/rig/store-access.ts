import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { systemClock } from '../../src/platform/clock.ts';
import { silentLogger } from '../../src/platform/log.ts';
import type * as heldDirectory from '../../src/store/nedb/held-directory.ts';
import type * as openNedb from '../../src/store/nedb/open-nedb-store.ts';
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts';
import { walkRecords } from '../../src/store/postgres/walk-records.ts';
import type { RecordWalk } from '../../src/store/record-walk.ts';
import type { Store } from '../../src/store/store.ts';

/** The store of the Switchboard that is measured, beside it (PostgreSQL) or while it is not running. */
export interface StoreAccess {
  open(): Promise<Store>;
  walk(): RecordWalk;
}

export function postgresAccess(connectionString: string): StoreAccess {
  return {
    open: () => openPostgresStore({ connectionString, clock: systemClock, logger: silentLogger }),
    async *walk() {
      const client = new pg.Client({ connectionString });
      await client.connect();
      try {
        yield* walkRecords(client);
      } finally {
        await client.end();
      }
    },
  };
}

/** `main`: the `src/main.ts` whose store it is; another state of the code may have other files. */
export function embeddedAccess(directory: string, main: string): StoreAccess {
  const module = async <T>(path: string): Promise<T> =>
    (await import(pathToFileURL(join(dirname(main), 'store/nedb', path)).href)) as T;
  return {
    async open() {
      const { openNedbStore } = await module<typeof openNedb>('open-nedb-store.ts');
      return openNedbStore({ directory, fsync: false, clock: systemClock, logger: silentLogger });
    },
    async *walk() {
      const { holdDirectory } = await module<typeof heldDirectory>('held-directory.ts');
      const held = holdDirectory(directory);
      try {
        yield* held.walk();
      } finally {
        held.release();
      }
    },
  };
}
