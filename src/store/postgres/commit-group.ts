import type { Pool } from 'pg';
import { crashPoint } from '../../platform/crash-point.ts';
import type { TenantId } from '../../platform/ids.ts';
import { decideGroup, type BatchOutcome } from '../group-decision.ts';
import type { PreparedBatch } from '../prepared-batch.ts';
import { StoreUnavailable } from '../store.ts';
import { commitRows } from './commit-rows.ts';
import { expectedVersions } from './expected-versions.ts';
import { isPassing } from './failure.ts';
import type { IndexRegistry } from './index-registry.ts';
import { namedIn, nameOf, netChanges } from './net-changes.ts';
import { commitRecords } from './statements/commit-records.ts';
import { readVersions } from './statements/read-versions.ts';

/** Each failed attempt means that another commit went through, so this many in a row is a fault, not bad luck. */
const mostAttempts = 50;

/**
 * Decides batches of one tenant and writes them in one transaction. It is decided by the versions that the batches expect, and where that
 * does not hold by those that are there; the server checks under locks that they are as the decision has them, else it is decided
 * anew. `newTenant`: the tenant's name may not be known to the database.
 */
export async function commitGroup(
  pool: Pool,
  registry: IndexRegistry,
  tenant: TenantId,
  batches: readonly PreparedBatch[],
  newTenant: boolean,
): Promise<BatchOutcome[]> {
  crashPoint('store-before-append');
  let versions = expectedVersions(batches);
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const found = versions ?? (await versionsThere(pool, tenant, batches));
    const decided = decideGroup(batches, (_, collection, id) => found.get(nameOf({ collection, id })) ?? 0);
    const changes = netChanges(batches, decided, found);
    if (versions !== undefined && decided.some(({ kind }) => kind === 'refuse')) {
      // What is there must be read before anybody is told that it is not as expected.
      versions = undefined;
      continue;
    }
    if (decided.every(({ kind }) => kind === 'refuse')) return decided;
    if (await isWritten(pool, registry, tenant, changes, newTenant)) return decided;
    versions = undefined;
  }
  throw new StoreUnavailable(`the records of a commit changed ${mostAttempts} times while it was written`);
}

async function versionsThere(
  pool: Pool,
  tenant: TenantId,
  batches: readonly PreparedBatch[],
): Promise<ReadonlyMap<string, number>> {
  const there = await readVersions(pool, tenant, namedIn(batches));
  return new Map(there.map((record) => [nameOf(record), record.version]));
}

/** False where it must be decided anew. */
async function isWritten(
  pool: Pool,
  registry: IndexRegistry,
  tenant: TenantId,
  changes: ReturnType<typeof netChanges>,
  newTenant: boolean,
): Promise<boolean> {
  try {
    const rows = commitRows(changes, registry);
    const writing = commitRecords(pool, tenant, newTenant, registry.slots.generation, rows);
    // Sent, and not answered yet.
    setImmediate(() => crashPoint('store-half-appended'));
    const answer = await writing;
    if (answer === 'done') crashPoint('store-after-append-before-apply');
    // Keys must be made for it too.
    if (answer === 'indexes') await registry.reload();
    return answer === 'done';
  } catch (error) {
    if (isPassing(error)) return false;
    throw error;
  }
}
