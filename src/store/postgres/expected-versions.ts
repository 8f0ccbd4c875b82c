import type { PreparedBatch } from '../prepared-batch.ts';
import { nameOf } from './net-changes.ts';

/**
 * Each record's version as the first batch that names it expects it; for one that is put whatever there is, none. Undefined where something is deleted whatever there is: that nothing had to be deleted would show nowhere.
 */
export function expectedVersions(batches: readonly PreparedBatch[]): ReadonlyMap<string, number> | undefined {
  const versions = new Map<string, number>();
  for (const { writes } of batches)
    for (const write of writes) {
      if (write.expect === 'any' && write.json === undefined) return undefined;
      const name = nameOf(write);
      if (!versions.has(name)) versions.set(name, typeof write.expect === 'number' ? write.expect : 0);
    }
  return versions;
}
