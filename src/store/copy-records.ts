import { crashPoint } from '../platform/crash-point.ts';
import type { TenantId } from '../platform/ids.ts';
import { recordDifferences, type Difference } from './record-differences.ts';
import type { RecordWalk } from './record-walk.ts';

export interface CopyTarget {
  walk(): RecordWalk;
  write(tenant: TenantId, differences: readonly Difference[]): Promise<void>;
}

export interface Copied {
  readonly written: number;
  /** Records of the target that the source has no more. */
  readonly removed: number;
  /** Those that were there already, as they should be. */
  readonly alike: number;
}

const batchRecords = 500;
const batchCharacters = 1024 * 1024;

/**
 * Makes the target's records those of the source, versions included. What is there already stays, so that a copy which was cut short goes
 * on. `progress`: told after each batch.
 */
export async function copyRecords(
  source: RecordWalk,
  target: CopyTarget,
  progress: (soFar: Copied) => void,
): Promise<Copied> {
  let copied: Copied = { written: 0, removed: 0, alike: 0 };
  let batch: Difference[] = [];
  let characters = 0;
  const flush = async (): Promise<void> => {
    const [first] = batch;
    if (first === undefined) return;
    await target.write(first.record.tenant, batch);
    const removed = batch.filter(({ kind }) => kind === 'surplus').length;
    copied = {
      ...copied,
      written: copied.written + batch.length - removed,
      removed: copied.removed + removed,
    };
    batch = [];
    characters = 0;
    progress(copied);
    crashPoint('move-after-batch');
  };
  for await (const difference of recordDifferences(source, target.walk())) {
    if (difference === undefined) {
      copied = { ...copied, alike: copied.alike + 1 };
      continue;
    }
    const { tenant, json } = difference.record;
    const isFull = batch.length >= batchRecords || characters + json.length > batchCharacters;
    if (isFull || batch[0]?.record.tenant !== tenant) await flush();
    batch.push(difference);
    characters += json.length;
  }
  await flush();
  return copied;
}
