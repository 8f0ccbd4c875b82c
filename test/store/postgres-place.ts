// Opens the PostgreSQL store for tests and for the processes that tests kill. A place is the URL of a database.
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { systemClock } from '../../src/platform/clock.ts';
import { silentLogger } from '../../src/platform/log.ts';
import {
  openPostgresStore,
  type PostgresStoreOptions,
} from '../../src/store/postgres/open-postgres-store.ts';
import type { PostgresStore } from '../../src/store/postgres/postgres-store.ts';
import type { Store } from '../../src/store/store.ts';

export function openShared(
  place: string,
  options: Partial<PostgresStoreOptions> = {},
): Promise<PostgresStore> {
  return openPostgresStore({
    connectionString: place,
    clock: systemClock,
    logger: silentLogger,
    ...options,
  });
}

/** For kills: only when the process before is gone. */
export async function openStore(place: string): Promise<Store> {
  await untilAlone(place);
  return openShared(place);
}

/**
 * Until the server has seen that whoever was connected is gone, which it does a moment later. A commit that had reached the server when
 * its sender was killed is still carried out, and could otherwise change what is being counted.
 */
export async function untilAlone(place: string): Promise<void> {
  const client = new pg.Client({ connectionString: place });
  await client.connect();
  try {
    while (await othersThere(client)) await delay(5);
  } finally {
    await client.end();
  }
}

async function othersThere(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query(
    `SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`,
  );
  return rows.length > 0;
}
