import type { RecordChange } from '../record-change.ts';
import { toDocument } from './document-text.ts';
import type { IndexRegistry } from './index-registry.ts';
import { nameOf, type NetChanges } from './net-changes.ts';
import type { CommitRows } from './statements/commit-records.ts';
import type { RecordRow } from './statements/write-columns.ts';

/** What the server is told to check and to write. */
export function commitRows(changes: NetChanges, registry: IndexRegistry): CommitRows {
  const places = new Map(changes.locks.map((record, at) => [nameOf(record), at + 1]));
  const placeOf = (record: { readonly collection: string; readonly id: string }): number => {
    const place = places.get(nameOf(record));
    if (place === undefined) throw new Error('a record is to be changed that is not locked');
    return place;
  };
  const row = (change: RecordChange): RecordRow => ({
    collection: change.collection,
    id: change.id,
    version: change.version,
    document: toDocument(change.json),
    keys: registry.slots.keysOf(registry.shape(change.collection), change),
  });
  return {
    locks: changes.locks,
    inserts: changes.inserts.map(row),
    overwrites: changes.overwrites.map(row),
    updates: changes.updates.map((change) => ({ ...row(change), place: placeOf(change) })),
    deletes: changes.deletes.map(placeOf),
    absent: changes.absent,
  };
}
