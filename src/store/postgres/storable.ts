import type { PreparedBatch } from '../prepared-batch.ts';

/** A page of a B-tree holds three entries at least, which leaves 2,704 bytes for one; tenant and collection are in it too. */
const maxKeyBytes = 2_400;

/** @throws {TypeError} for an id that PostgreSQL would not give back as it was, {RangeError} for one that is too long. */
export function mustBeStorableId(collection: string, id: string): void {
  const shown = JSON.stringify(id.slice(0, 100));
  if (id.includes('\0') || !id.isWellFormed())
    throw new TypeError(`${collection}: the id ${shown} has a NUL or half a surrogate pair`);
  if (id.length * 3 > maxKeyBytes && Buffer.byteLength(id) > maxKeyBytes)
    throw new RangeError(`${collection}: the id ${shown} is longer than ${maxKeyBytes} bytes`);
}

/** What the embedded store takes and a B-tree does not. */
export function mustBeStorable({ writes }: PreparedBatch): void {
  for (const { collection, id, keys } of writes) {
    mustBeStorableId(collection, id);
    for (const [index, key] of keys) {
      if (key.length * 3 <= maxKeyBytes || Buffer.byteLength(key) <= maxKeyBytes) continue;
      throw new RangeError(
        `${collection}/${id}: the values for index ${index} take more than ${maxKeyBytes} bytes with the id`,
      );
    }
  }
}
