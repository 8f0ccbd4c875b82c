import type { Pool } from 'pg';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import { createPool, type PoolLimits, type PostgresConnection } from './connection-pool.ts';
import { IndexRegistry } from './index-registry.ts';
import type { Migration } from './migration-files.ts';
import { asOpeningFailure } from './opening-failure.ts';
import { PostgresStore } from './postgres-store.ts';
import { prepareDatabase } from './prepare-database.ts';
import { loadIndexSlots } from './statements/load-index-slots.ts';
import type { GroupReport } from './tenant-committer.ts';
import { UnfitDatabase } from './unfit-database.ts';

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
 * @throws {UnfitDatabase} when role, rights, encoding, version or certificate do not fit.
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<PostgresStore> {
  const { clock, logger } = options;
  const startedAt = clock.now();
  const { applied, durability } = await prepareDatabase(options, options.migrations);
  if (!durability.flushes)
    logger.warn({}, 'store: PostgreSQL runs with fsync=off; a power cut may destroy everything');
  const pool = createPool(options, options, !durability.waitsForDisk, logger);
  try {
    await mustBeReady(pool);
    const slots = await loadIndexSlots(pool);
    const store = (on: Pool, apart?: PostgresStore): PostgresStore =>
      new PostgresStore(on, new IndexRegistry(on, slots), options.onGroup ?? (() => undefined), apart);
    // Connects when it is first used: who has no other replicas beside it has no use for it.
    const one = createPool(options, { ...options, maxConnections: 1 }, !durability.waitsForDisk, logger);
    logger.info({ migrations: applied, milliseconds: clock.now() - startedAt }, 'store: PostgreSQL open');
    return store(pool, store(one));
  } catch (error) {
    await pool.end();
    throw asOpeningFailure(error);
  }
}

/** What only a connection of the store itself can tell. `options` in the connection string would go before ours. */
async function mustBeReady(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ synchronous: string; moving: boolean }>(
    `SELECT current_setting('synchronous_commit') AS synchronous,
      to_regclass('switchboard.unfinished_move') IS NOT NULL AS moving`,
  );
  if (rows[0]?.synchronous === 'off') {
    throw new UnfitDatabase(
      'that synchronous_commit is off in the connection string, so a commit could be lost after it was acknowledged',
      'it on, or not named there',
    );
  }
  if (rows[0]?.moving === true)
    throw new UnfitDatabase('a move that has not finished', 'that --move-store is run again until it has');
}
