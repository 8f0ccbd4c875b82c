import pg from 'pg';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import type { Store } from '../store.ts';
import { checkServer, UnfitDatabase, type Durability } from './check-server.ts';
import { clientConfig, createPool, type PoolLimits, type PostgresConnection } from './connection-pool.ts';
import { asStoreFailure } from './failure.ts';
import { IndexRegistry } from './index-registry.ts';
import { migrate, SchemaMismatch } from './migrate.ts';
import { readMigrations, type Migration } from './migration-files.ts';
import { PostgresStore } from './postgres-store.ts';
import { loadIndexSlots } from './statements/load-index-slots.ts';
import type { GroupReport } from './tenant-committer.ts';

export interface PostgresStoreOptions extends PostgresConnection, PoolLimits {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told of each transaction that commits; for metrics. */
  readonly onGroup?: (group: GroupReport) => void;
  /** Default: those of this folder. */
  readonly migrations?: readonly Migration[];
}

/**
 * The store that several replicas share. Brings the schema up to date first. The role must own the database or the schema
 * `switchboard`, and must be neither superuser nor BYPASSRLS.
 * @throws {StoreUnavailable} when the server cannot be reached.
 * @throws {SchemaMismatch} when a later program has migrated the database.
 * @throws {UnfitDatabase} when role, encoding or version do not fit.
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<Store> {
  const { clock, logger } = options;
  const startedAt = clock.now();
  const { applied, durability } = await prepare(options);
  if (!durability.flushes)
    logger.warn({}, 'store: PostgreSQL runs with fsync=off; a power cut may destroy everything');
  const pool = createPool(options, options, !durability.waitsForDisk, logger);
  try {
    await mustWaitForDisk(pool);
    const registry = new IndexRegistry(pool, await loadIndexSlots(pool));
    logger.info({ migrations: applied, milliseconds: clock.now() - startedAt }, 'store: PostgreSQL open');
    return new PostgresStore(pool, registry, options.onGroup ?? (() => undefined));
  } catch (error) {
    await pool.end();
    throw asOpeningFailure(error);
  }
}

function asOpeningFailure(error: unknown): Error {
  return error instanceof SchemaMismatch || error instanceof UnfitDatabase ? error : asStoreFailure(error);
}

/** `options` in the connection string would go before ours. */
async function mustWaitForDisk(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ found: string }>(
    `SELECT current_setting('synchronous_commit') AS found`,
  );
  if (rows[0]?.found === 'off') {
    throw new UnfitDatabase(
      'synchronous_commit is off in the connection string: a commit could be lost after it was acknowledged',
    );
  }
}

/** On a connection of its own without a statement timeout: a migration may take its time, and the lock of one who migrates too. */
async function prepare(options: PostgresStoreOptions): Promise<{
  readonly applied: string[];
  readonly durability: Durability;
}> {
  const migrations = options.migrations ?? (await readMigrations());
  const client = new pg.Client({
    ...clientConfig(options),
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
  });
  // Without a listener a connection that breaks would end the process; the statement under way tells of it.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const durability = await checkServer(client);
    return { applied: await migrate(client, migrations), durability };
  } catch (error) {
    throw asOpeningFailure(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}
