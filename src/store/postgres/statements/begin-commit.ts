import type { PoolClient, QueryResult } from 'pg';
import type { TenantId } from '../../../platform/ids.ts';
import { indexLock } from '../advisory-locks.ts';
import { fence } from './fence.ts';

/**
 * Opens a transaction behind the fence of one tenant, that no index is added beside, and gives the generation of the
 * indexes. The generation is read by a statement of its own, after the lock was given, so it is the one that holds.
 */
export async function beginCommit(client: PoolClient, tenant: TenantId): Promise<number> {
  const results = (await client.query(
    `BEGIN; ${fence(tenant)}; SELECT pg_advisory_xact_lock_shared(${indexLock});` +
      ' SELECT generation FROM switchboard.index_generation WHERE only_row',
  )) as unknown as QueryResult<{ generation: number }>[];
  const generation = results.at(-1)?.rows[0]?.generation;
  if (generation === undefined) throw new Error('switchboard.index_generation is empty');
  return generation;
}
