import { canonicalJson } from './canonical-json.ts';
import { inWalkOrder, type RecordWalk, type WalkedRecord } from './record-walk.ts';

/** What must happen to one record of the target so that it is as in the source. */
export type Difference =
  | { readonly kind: 'missing'; readonly record: WalkedRecord }
  /** `found`: the version that the target has. */
  | { readonly kind: 'different'; readonly record: WalkedRecord; readonly found: number }
  /** `record` is the target's: the source has none. */
  | { readonly kind: 'surplus'; readonly record: WalkedRecord };

/** Goes through both once, side by side, and gives `undefined` for each record that is alike, so that a caller can count. */
export async function* recordDifferences(
  source: RecordWalk,
  target: RecordWalk,
): AsyncGenerator<Difference | undefined> {
  const left = source[Symbol.asyncIterator]();
  const right = target[Symbol.asyncIterator]();
  try {
    let [wanted, present] = [await left.next(), await right.next()];
    while (wanted.done !== true || present.done !== true) {
      const order =
        wanted.done === true ? 1 : present.done === true ? -1 : inWalkOrder(wanted.value, present.value);
      if (order < 0) {
        yield { kind: 'missing', record: wanted.value as WalkedRecord };
        wanted = await left.next();
      } else if (order > 0) {
        yield { kind: 'surplus', record: present.value as WalkedRecord };
        present = await right.next();
      } else {
        const [record, other] = [wanted.value as WalkedRecord, present.value as WalkedRecord];
        yield isSame(record, other) ? undefined : { kind: 'different', record, found: other.version };
        [wanted, present] = [await left.next(), await right.next()];
      }
    }
  } finally {
    await left.return?.();
    await right.return?.();
  }
}

function isSame(a: WalkedRecord, b: WalkedRecord): boolean {
  return a.version === b.version && canonicalJson(a.json) === canonicalJson(b.json);
}
