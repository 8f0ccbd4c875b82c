import pg from 'pg';
import type { TenantId } from '../../platform/ids.ts';
import type { Logger } from '../../platform/log.ts';
import type { Difference } from '../record-differences.ts';
import type { RecordWalk } from '../record-walk.ts';
import { moveLock } from './advisory-locks.ts';
import { clientConfig, createPool, type PoolLimits, type PostgresConnection } from './connection-pool.ts';
import { asStoreFailure } from './failure.ts';
import { asOpeningFailure } from './opening-failure.ts';
import { prepareDatabase } from './prepare-database.ts';
import { listTenants } from './statements/list-tenants.ts';
import { loadIndexSlots } from './statements/load-index-slots.ts';
import { countOthers } from './statements/count-others.ts';
import { useIndexPlans } from './statements/use-index-plans.ts';
import { beginMove, endMove, unfinishedMove } from './unfinished-move.ts';
import { UnfitDatabase } from './unfit-database.ts';
import { walkRecords } from './walk-records.ts';
import { writeDifferences } from './write-differences.ts';

/** A database that is being filled with the records of another store. No store opens on it before `finish`. */
export interface MoveTarget {
  /** An earlier move of the same directory did not finish. */
  readonly resumed: boolean;
  /** What is there. One walk at a time. */
  walk(): RecordWalk;
  /** Of one tenant, all or none. */
  write(tenant: TenantId, differences: readonly Difference[]): Promise<void>;
  /** From now on it is a store like any other. */
  finish(): Promise<void>;
  close(): Promise<void>;
}

const applicationName = 'switchboard-move';

/**
 * `source`: the directory that is moved here.
 * @throws {UnfitDatabase} also when the database has records that no unfinished move of the same directory brought, or when somebody works on it.
 * @throws {StoreUnavailable} {SchemaMismatch}
 */
export async function openMoveTarget(
  options: PostgresConnection & PoolLimits & { readonly logger: Logger },
  source: string,
): Promise<MoveTarget> {
  const { durability } = await prepareDatabase(options);
  const connection = { ...options, applicationName };
  const pool = createPool(connection, options, !durability.waitsForDisk, options.logger);
  // Without a statement timeout, for the lock that it holds and for walks.
  const client = new pg.Client({ ...clientConfig(connection), lock_timeout: 10_000 });
  client.on('error', () => undefined);
  const close = async (): Promise<void> => {
    await Promise.allSettled([client.end(), pool.end()]);
  };
  try {
    await client.connect();
    await useIndexPlans(client);
    await client.query(`SELECT pg_advisory_lock(${moveLock})`);
    const resumed = await begin(client, pool, source);
    const slots = await loadIndexSlots(client);
    return {
      resumed,
      walk: () => walkRecords(client),
      write: async (tenant, differences) =>
        orStoreFailure(writeDifferences(pool, slots, tenant, differences)),
      finish: async () => orStoreFailure(endMove(client)),
      close,
    };
  } catch (error) {
    await close();
    throw asOpeningFailure(error);
  }
}

async function orStoreFailure(work: Promise<void>): Promise<void> {
  return work.catch((error: unknown) => {
    throw asStoreFailure(error);
  });
}

async function begin(client: pg.Client, pool: pg.Pool, source: string): Promise<boolean> {
  const unfinished = await unfinishedMove(client);
  if (unfinished !== undefined && unfinished !== source) {
    throw new UnfitDatabase(
      `a half-finished move of another directory, ${unfinished}`,
      `that one (--from ${unfinished}), or an empty database`,
    );
  }
  if (unfinished === undefined) {
    if ((await listTenants(pool)).length > 0)
      throw new UnfitDatabase('a database that has records already', 'an empty one');
    await beginMove(client, source);
  }
  if ((await countOthers(client, 'switchboard')) > 0) {
    if (unfinished === undefined) await endMove(client);
    throw new UnfitDatabase('a Switchboard connected to this database', 'that it is stopped');
  }
  return unfinished !== undefined;
}
