import { compareBytes } from '../byte-order.ts';
import type { BatchOutcome } from '../group-decision.ts';
import type { PreparedBatch } from '../prepared-batch.ts';
import type { RecordChange } from '../record-change.ts';
import type { LockedRecord, RecordName } from './statements/lock-records.ts';

/** What a group of batches leaves behind, each record once, in the order in which all replicas lock. */
export interface NetChanges {
  readonly inserts: readonly RecordChange[];
  readonly updates: readonly (RecordChange & { readonly found: number })[];
  readonly deletes: readonly LockedRecord[];
  /** Not there before nor after, and a batch relies on that: to be kept free until the commit. */
  readonly absent: readonly RecordName[];
}

export function nameOf({ collection, id }: RecordName): string {
  return JSON.stringify([collection, id]);
}

/** Every record that the batches name, once, in the order in which all replicas lock. */
export function namedIn(batches: readonly PreparedBatch[]): RecordName[] {
  const names = new Map<string, RecordName>();
  for (const { writes } of batches) for (const write of writes) names.set(nameOf(write), write);
  return [...names.values()].sort(inLockOrder);
}

export function netChanges(
  batches: readonly PreparedBatch[],
  outcomes: readonly BatchOutcome[],
  found: ReadonlyMap<string, number>,
): NetChanges {
  const last = new Map<string, RecordChange>();
  const reliedOn = new Map<string, RecordName>();
  for (const [at, outcome] of outcomes.entries()) {
    if (outcome.kind === 'refuse') continue;
    for (const change of outcome.changes.changes) last.set(nameOf(change), change);
    for (const write of batches[at]?.writes ?? [])
      if (write.expect === 'absent') reliedOn.set(nameOf(write), write);
  }
  const inserts: RecordChange[] = [];
  const updates: (RecordChange & { readonly found: number })[] = [];
  const deletes: LockedRecord[] = [];
  for (const [name, change] of last) {
    const before = found.get(name) ?? 0;
    const { collection, id, version } = change;
    if (before === 0 && version > 0) inserts.push(change);
    else if (version > 0) updates.push({ ...change, found: before });
    else if (before > 0) deletes.push({ collection, id, version: before });
  }
  const absent = [...reliedOn].flatMap(([name, record]) =>
    (found.get(name) ?? 0) === 0 && (last.get(name)?.version ?? 0) === 0 ? [record] : [],
  );
  return {
    inserts: inserts.sort(inLockOrder),
    updates: updates.sort(inLockOrder),
    deletes: deletes.sort(inLockOrder),
    absent: absent.sort(inLockOrder),
  };
}

/** As bytes, which is how the "C" collation of the columns compares. */
export function inLockOrder(a: RecordName, b: RecordName): number {
  return compareBytes(a.collection, b.collection) || compareBytes(a.id, b.id);
}
