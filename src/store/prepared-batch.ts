import type { TenantId } from '../platform/ids.ts';
import type { Expected, Write } from './store.ts';
import { keyInIndex, type Collections } from './collections.ts';

/** A write checked and serialised when `commit` was called: what the caller does to the value later changes nothing. */
export interface PreparedWrite {
  readonly collection: string;
  readonly id: string;
  readonly expect: Expected;
  /** Only its version is looked at. */
  readonly checkOnly: boolean;
  /** `undefined`: delete, or only a check. */
  readonly json: string | undefined;
  readonly keys: ReadonlyMap<string, string>;
}

export interface PreparedBatch {
  readonly tenant: TenantId;
  readonly writes: readonly PreparedWrite[];
}

/** A record larger than this is a mistake of the caller: media do not belong here. */
const maxRecordCharacters = 16 * 1024 * 1024;
const noKeys: ReadonlyMap<string, string> = new Map();

/** @throws {Error} when the batch can never be written, whatever is in the store. */
export function prepareBatch(
  tenant: TenantId,
  writes: readonly Write[],
  collections: Collections,
): PreparedBatch {
  if (tenant === '') throw new Error('commit: no tenant');
  const seen = new Set<string>();
  const prepared = writes.map((write) => {
    const one = prepareWrite(write, collections);
    const name = `${one.collection}/${one.id}`;
    const key = JSON.stringify([one.collection, one.id]);
    if (seen.has(key)) throw new Error(`${name}: named twice in one batch`);
    seen.add(key);
    return one;
  });
  return { tenant, writes: prepared };
}

function prepareWrite(write: Write, collections: Collections): PreparedWrite {
  const shape = collections.check(write.collection);
  const { id, expect } = write;
  const name = `${shape.name}/${id}`;
  if (id === '') throw new Error(`${shape.name}: a record needs an id`);
  if (typeof expect === 'number' && !(Number.isInteger(expect) && expect > 0)) {
    throw new Error(`${name}: expected version ${expect} is not a version; nothing there is 'absent'`);
  }
  const checkOnly = write.op === 'check';
  if (write.op !== 'put')
    return { collection: shape.name, id, expect, checkOnly, json: undefined, keys: noKeys };
  if (Array.isArray(write.value)) throw new TypeError(`${name}: the value must be an object, found an array`);
  const json = JSON.stringify(write.value) as string | undefined;
  if (json?.startsWith('{') !== true) throw new TypeError(`${name}: the value is not a JSON object`);
  if (json.length > maxRecordCharacters) throw new RangeError(`${name}: ${json.length} characters of JSON`);
  const keys = new Map<string, string>();
  for (const index of Object.keys(shape.indexes)) {
    const key = keyInIndex(shape, index, id, write.value);
    if (key !== undefined) keys.set(index, key);
  }
  return { collection: shape.name, id, expect, checkOnly, json, keys };
}
