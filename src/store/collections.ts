import type { Collection, IndexValue } from './store.ts';
import { isIndexValue, recordKey } from './index-key.ts';

type Indexes = Readonly<Record<string, readonly string[]>>;

/** What the store needs to know of a collection, freed of the record's type. */
export interface CollectionShape {
  readonly name: string;
  readonly indexes: Indexes;
}

/** Holds callers to one definition a name: two that differ would leave records out of each other's indexes. */
export class Collections {
  readonly #known = new Map<string, { readonly definition: object; readonly shape: string }>();

  /** @throws {Error} when the name is known with other indexes. */
  check<T extends object>(collection: Collection<T>): CollectionShape {
    const known = this.#known.get(collection.name);
    if (known?.definition === collection) return collection;
    const shape = JSON.stringify(Object.entries(collection.indexes).sort(([a], [b]) => (a < b ? -1 : 1)));
    if (known === undefined) {
      if (collection.name === '') throw new Error('a collection needs a name');
      for (const [index, fields] of Object.entries(collection.indexes)) {
        if (fields.length === 0) throw new Error(`${collection.name}: index ${index} names no field`);
      }
      this.#known.set(collection.name, { definition: collection, shape });
    } else if (known.shape !== shape) {
      throw new Error(
        `collection ${collection.name} is defined twice with different indexes: ${known.shape} and ${shape}`,
      );
    }
    return collection;
  }
}

/**
 * The record's place in an index, or `undefined` if one of the fields is missing or null: such a record is not in it.
 * @throws {TypeError} when a field holds what no index can hold.
 */
export function keyInIndex(
  shape: CollectionShape,
  index: string,
  id: string,
  record: object,
): string | undefined {
  const values: IndexValue[] = [];
  for (const field of shape.indexes[index] ?? []) {
    const value: unknown = (record as Readonly<Record<string, unknown>>)[field];
    if (value === undefined || value === null) return undefined;
    if (!isIndexValue(value)) {
      throw new TypeError(
        `${shape.name}/${id}: field ${field} is in index ${index} and must be a string, finite number or boolean`,
      );
    }
    values.push(value);
  }
  return recordKey(values, id);
}
