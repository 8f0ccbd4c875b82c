import type { TenantId } from '../platform/ids.ts';
import { Conflict, type Expected } from './store.ts';
import type { RecordChange, TenantChanges } from './record-change.ts';
import type { PreparedBatch, PreparedWrite } from './prepared-batch.ts';

/** What becomes of the batches that go to disk together: one entry a batch, in order. */
export type BatchOutcome =
  | { readonly kind: 'write'; readonly changes: TenantChanges }
  | { readonly kind: 'refuse'; readonly conflict: Conflict };

/** The committed version of a record, 0 if there is none. */
export type VersionOf = (tenant: TenantId, collection: string, id: string) => number;

/** Checks each batch against the committed state and the batches before it in the group. */
export function decideGroup(batches: readonly PreparedBatch[], committed: VersionOf): BatchOutcome[] {
  const ahead = new Map<string, number>();
  return batches.map((batch) => {
    const changes: RecordChange[] = [];
    for (const write of batch.writes) {
      const found =
        ahead.get(recordName(batch.tenant, write)) ?? committed(batch.tenant, write.collection, write.id);
      if (!isExpected(write.expect, found)) {
        const conflict = new Conflict(
          write.collection,
          write.id,
          write.expect,
          found === 0 ? 'absent' : found,
        );
        return { kind: 'refuse', conflict };
      }
      const change = changeOf(write, found);
      if (change !== undefined) changes.push(change);
    }
    for (const change of changes) ahead.set(recordName(batch.tenant, change), change.version);
    return { kind: 'write', changes: { tenant: batch.tenant, changes } };
  });
}

function changeOf(write: PreparedWrite, found: number): RecordChange | undefined {
  const { collection, id, json, keys } = write;
  if (write.checkOnly) return undefined;
  if (json !== undefined) return { collection, id, version: found + 1, json, keys };
  return found === 0 ? undefined : { collection, id, version: 0, json: '', keys };
}

function isExpected(expected: Expected, found: number): boolean {
  return expected === 'any' || found === (expected === 'absent' ? 0 : expected);
}

function recordName(tenant: TenantId, record: { readonly collection: string; readonly id: string }): string {
  return JSON.stringify([tenant, record.collection, record.id]);
}
