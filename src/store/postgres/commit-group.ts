import type { Pool } from 'pg';
import { crashPoint } from '../../platform/crash-point.ts';
import type { TenantId } from '../../platform/ids.ts';
import { decideGroup, type BatchOutcome } from '../group-decision.ts';
import type { PreparedBatch } from '../prepared-batch.ts';
import { StoreUnavailable } from '../store.ts';
import { isPassing } from './failure.ts';
import type { IndexRegistry } from './index-registry.ts';
import { namedIn, nameOf, netChanges } from './net-changes.ts';
import { addTenant } from './statements/add-tenant.ts';
import { beginCommit } from './statements/begin-commit.ts';
import { lockRecords } from './statements/lock-records.ts';
import { inTransaction, RolledBack } from './transaction.ts';
import { writeNetChanges } from './write-net-changes.ts';

/** Each failed attempt means that another commit went through, so this many in a row is a fault, not bad luck. */
const mostAttempts = 50;

/**
 * Decides and writes batches of one tenant in one transaction: locks what is there, decides by what it found, writes, and
 * begins again if a record appeared in between. `newTenant`: the tenant's name may not be known to the database.
 */
export async function commitGroup(
  pool: Pool,
  registry: IndexRegistry,
  tenant: TenantId,
  batches: readonly PreparedBatch[],
  newTenant: boolean,
): Promise<BatchOutcome[]> {
  crashPoint('store-before-append');
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    try {
      return await commitOnce(pool, registry, tenant, batches, newTenant);
    } catch (error) {
      if (error instanceof OtherIndexes) await registry.reload();
      else if (!(error instanceof RolledBack) && !isPassing(error)) throw error;
    }
  }
  throw new StoreUnavailable(`the records of a commit changed ${mostAttempts} times while it was written`);
}

/** Another replica declared an index since: keys must be made for it too. */
class OtherIndexes extends RolledBack {}

async function commitOnce(
  pool: Pool,
  registry: IndexRegistry,
  tenant: TenantId,
  batches: readonly PreparedBatch[],
  newTenant: boolean,
): Promise<BatchOutcome[]> {
  const begin = (client: Parameters<typeof beginCommit>[0]): Promise<number> => beginCommit(client, tenant);
  const outcomes = await inTransaction(pool, begin, async (client, generation) => {
    if (generation !== registry.slots.generation) throw new OtherIndexes('indexes were added');
    if (newTenant) await addTenant(client, tenant);
    const locked = await lockRecords(client, tenant, namedIn(batches));
    const found = new Map(locked.map((record) => [nameOf(record), record.version]));
    const decided = decideGroup(batches, (_, collection, id) => found.get(nameOf({ collection, id })) ?? 0);
    await writeNetChanges(client, tenant, netChanges(batches, decided, found), registry);
    crashPoint('store-half-appended');
    return decided;
  });
  crashPoint('store-after-append-before-apply');
  return outcomes;
}
