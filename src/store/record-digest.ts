import { createHash, type Hash } from 'node:crypto';
import type { TenantId } from '../platform/ids.ts';
import { canonicalJson } from './canonical-json.ts';
import type { RecordWalk } from './record-walk.ts';

/** What one collection of one tenant holds. Two that are alike hold the same records in the same versions. */
export interface CollectionDigest {
  readonly tenant: TenantId;
  readonly collection: string;
  readonly records: number;
  /** SHA-256 over ids, versions and values, in hexadecimal. */
  readonly digest: string;
}

/** Of every collection of every tenant, in the order of the walk. */
export async function digestCollections(walk: RecordWalk): Promise<CollectionDigest[]> {
  const done: CollectionDigest[] = [];
  let open: { tenant: TenantId; collection: string; records: number; hash: Hash } | undefined;
  const finish = (): void => {
    if (open !== undefined) {
      const { tenant, collection, records, hash } = open;
      done.push({ tenant, collection, records, digest: hash.digest('hex') });
    }
  };
  for await (const { tenant, collection, id, version, json } of walk) {
    if (open?.tenant !== tenant || open.collection !== collection) {
      finish();
      open = { tenant, collection, records: 0, hash: createHash('sha256') };
    }
    open.records += 1;
    // JSON of a list: no part can run into the next.
    open.hash.update(JSON.stringify([id, version, canonicalJson(json)])).update('\n');
  }
  finish();
  return done;
}

/** The collections that are not alike on both sides, with what each side has (`undefined`: nothing at all). */
export function unlikeCollections(
  left: readonly CollectionDigest[],
  right: readonly CollectionDigest[],
): { readonly left: CollectionDigest | undefined; readonly right: CollectionDigest | undefined }[] {
  const name = ({ tenant, collection }: CollectionDigest): string => JSON.stringify([tenant, collection]);
  const [ofLeft, ofRight] = [left, right].map((side) => new Map(side.map((one) => [name(one), one]))) as [
    Map<string, CollectionDigest>,
    Map<string, CollectionDigest>,
  ];
  return [...new Set([...ofLeft.keys(), ...ofRight.keys()])].flatMap((key) => {
    const [one, other] = [ofLeft.get(key), ofRight.get(key)];
    return one?.digest === other?.digest ? [] : [{ left: one, right: other }];
  });
}
