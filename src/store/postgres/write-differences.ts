import type { Pool, PoolClient } from 'pg';
import type { TenantId } from '../../platform/ids.ts';
import type { Difference } from '../record-differences.ts';
import type { WalkedRecord } from '../record-walk.ts';
import { toDocument } from './document-text.ts';
import type { IndexSlots } from './index-slots.ts';
import { inLockOrder } from './net-changes.ts';
import { addTenant } from './statements/add-tenant.ts';
import { beginForTenant } from './statements/begin-for-tenant.ts';
import { deleteRecords } from './statements/delete-records.ts';
import { insertRecords } from './statements/insert-records.ts';
import type { RecordRow } from './statements/write-columns.ts';
import { inTransaction } from './transaction.ts';

/**
 * Makes records of one tenant as they are in the source, versions included, in one transaction. Indexes that are declared already get
 * their keys; others are filled when they are declared.
 */
export async function writeDifferences(
  pool: Pool,
  slots: IndexSlots,
  tenant: TenantId,
  differences: readonly Difference[],
): Promise<void> {
  const outdated = differences.flatMap((one) => {
    if (one.kind === 'missing') return [];
    const { collection, id, version } = one.record;
    return [{ collection, id, version: one.kind === 'different' ? one.found : version }];
  });
  const wanted = differences.flatMap(({ kind, record }) =>
    kind === 'surplus' ? [] : [rowOf(slots, record)],
  );
  const begin = async (client: PoolClient): Promise<void> => beginForTenant(client, tenant);
  await inTransaction(pool, begin, async (client) => {
    await addTenant(client, tenant);
    if (outdated.length > 0)
      mustAll(outdated.length, await deleteRecords(client, tenant, outdated.sort(inLockOrder)));
    if (wanted.length > 0)
      mustAll(wanted.length, await insertRecords(client, tenant, wanted.sort(inLockOrder)));
  });
}

function rowOf(slots: IndexSlots, { collection, id, version, json }: WalkedRecord): RecordRow {
  const keys = slots.keysOf({ name: collection, indexes: {} }, { collection, id, version, json });
  return { collection, id, version, document: toDocument(json), keys };
}

function mustAll(asked: number, done: number): void {
  if (done !== asked)
    throw new Error(`somebody else writes: ${asked} records to write, ${done} as they were`);
}
