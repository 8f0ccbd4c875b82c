import type { PoolClient } from 'pg';
import type { TenantId } from '../../platform/ids.ts';
import type { RecordChange } from '../record-change.ts';
import { toDocument } from './document-text.ts';
import type { IndexRegistry } from './index-registry.ts';
import { inLockOrder, type NetChanges } from './net-changes.ts';
import { deleteRecords } from './statements/delete-records.ts';
import { insertRecords } from './statements/insert-records.ts';
import { updateRecords } from './statements/update-records.ts';
import type { RecordRow } from './statements/write-columns.ts';
import { RolledBack } from './transaction.ts';

/**
 * Writes the changes in the transaction that locked the records.
 * @throws {RolledBack} when another commit created a record since: the batches must be decided anew.
 */
export async function writeNetChanges(
  client: PoolClient,
  tenant: TenantId,
  changes: NetChanges,
  registry: IndexRegistry,
): Promise<void> {
  const row = (change: RecordChange): RecordRow => ({
    collection: change.collection,
    id: change.id,
    version: change.version,
    document: toDocument(change.json),
    keys: registry.slots.keysOf(registry.shape(change.collection), change),
  });
  // A record that must not be there is made and taken away again: until the commit nobody else can make it.
  const held = changes.absent.map(({ collection, id }) => ({ collection, id, version: 1 }));
  const placeholders = held.map((record): RecordRow => ({ ...record, document: '{}', keys: [] }));
  const inserts = [...changes.inserts.map(row), ...placeholders].sort(inLockOrder);
  const updates = changes.updates.map((change) => ({ ...row(change), found: change.found }));
  const deletes = [...changes.deletes, ...held];
  if (inserts.length > 0) mustAll(inserts.length, await insertRecords(client, tenant, inserts));
  if (updates.length > 0) mustAll(updates.length, await updateRecords(client, tenant, updates));
  if (deletes.length > 0) mustAll(deletes.length, await deleteRecords(client, tenant, deletes));
}

function mustAll(asked: number, done: number): void {
  if (done !== asked) throw new RolledBack(`${asked} records to write, ${done} as they were`);
}
