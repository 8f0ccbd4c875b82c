import { compareBytes } from '../byte-order.ts';
import type { BatchOutcome } from '../group-decision.ts';
import type { PreparedBatch } from '../prepared-batch.ts';
import type { RecordChange } from '../record-change.ts';
import type { LockedRecord, RecordName } from './statements/record-name.ts';

/** What a group of batches leaves behind, each record once, in the order in which all replicas lock. */
export interface NetChanges {
  /** There, and a batch changes them or relies on their version. */
  readonly locks: readonly LockedRecord[];
  readonly inserts: readonly RecordChange[];
  /** Not known to be there, and only one batch names them, to which it is all the same. */
  readonly overwrites: readonly RecordChange[];
  readonly updates: readonly RecordChange[];
  readonly deletes: readonly RecordName[];
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
  const named = new Map<string, RecordName>();
  const reliedOn = new Set<string>();
  const indifferent = new Set<string>();
  for (const [at, outcome] of outcomes.entries()) {
    if (outcome.kind === 'refuse') continue;
    for (const change of outcome.changes.changes) last.set(nameOf(change), change);
    for (const write of batches[at]?.writes ?? []) {
      const name = nameOf(write);
      if (write.expect === 'any' && !named.has(name)) indifferent.add(name);
      else indifferent.delete(name);
      named.set(name, write);
      if (write.expect === 'absent') reliedOn.add(name);
    }
  }
  const inserts: RecordChange[] = [];
  const overwrites: RecordChange[] = [];
  const updates: RecordChange[] = [];
  const deletes: RecordName[] = [];
  for (const [name, change] of last) {
    const before = found.get(name) ?? 0;
    if (before === 0 && change.version > 0) (indifferent.has(name) ? overwrites : inserts).push(change);
    else if (change.version > 0) updates.push(change);
    else if (before > 0) deletes.push(change);
  }
  const locks: LockedRecord[] = [];
  const absent: RecordName[] = [];
  for (const [name, { collection, id }] of named) {
    const version = found.get(name) ?? 0;
    if (version > 0) locks.push({ collection, id, version });
    else if (reliedOn.has(name) && (last.get(name)?.version ?? 0) === 0) absent.push({ collection, id });
  }
  return {
    locks: locks.sort(inLockOrder),
    inserts: inserts.sort(inLockOrder),
    overwrites: overwrites.sort(inLockOrder),
    updates,
    deletes,
    absent: absent.sort(inLockOrder),
  };
}

/** As bytes, which is how the "C" collation of the columns compares. */
export function inLockOrder(a: RecordName, b: RecordName): number {
  return compareBytes(a.collection, b.collection) || compareBytes(a.id, b.id);
}
