import type { CollectionShape } from '../collections.ts';
import { recordKey, isIndexValue } from '../index-key.ts';
import type { IndexValue } from '../store.ts';
import type { RecordChange } from '../record-change.ts';
import { keyBytes } from './key-bytes.ts';

/** Key columns of the table, by migration 0001. */
export const slotCount = 8;

export interface IndexSlot {
  readonly collection: string;
  readonly fields: readonly string[];
  readonly slot: number;
}

/** What one reading of switchboard.index_slots gave: every index that any replica has declared, also those that this program does not know. */
export class IndexSlots {
  readonly generation: number;
  readonly #byCollection: ReadonlyMap<string, readonly IndexSlot[]>;

  constructor(generation: number, slots: readonly IndexSlot[]) {
    this.generation = generation;
    this.#byCollection = Map.groupBy(slots, ({ collection }) => collection);
  }

  of(collection: string): readonly IndexSlot[] {
    return this.#byCollection.get(collection) ?? [];
  }

  slotOf(collection: string, fields: readonly string[]): number | undefined {
    return this.of(collection).find((slot) => sameFields(slot.fields, fields))?.slot;
  }

  missing(shape: CollectionShape): (readonly string[])[] {
    return Object.values(shape.indexes).filter((fields) => this.slotOf(shape.name, fields) === undefined);
  }

  /** The record's key for each slot. `shape`: what this program declares; other replicas' indexes are filled from the record itself. */
  keysOf(shape: CollectionShape, { collection, id, json, keys }: RecordChange): (Buffer | null)[] {
    const found = Array.from({ length: slotCount }, (): Buffer | null => null);
    let value: object | undefined;
    for (const { fields, slot } of this.of(collection)) {
      const name = Object.keys(shape.indexes).find((index) => sameFields(shape.indexes[index] ?? [], fields));
      const key =
        name === undefined ? keyOver(fields, id, (value ??= JSON.parse(json) as object)) : keys?.get(name);
      found[slot - 1] = key === undefined ? null : keyBytes(key);
    }
    return found;
  }
}

/** As `keyInIndex`, but a field that no index can hold leaves the record out: who declared it refuses such records itself. */
export function keyOver(fields: readonly string[], id: string, value: object): string | undefined {
  const values: IndexValue[] = [];
  for (const field of fields) {
    const one: unknown = (value as Readonly<Record<string, unknown>>)[field];
    if (!isIndexValue(one)) return undefined;
    values.push(one);
  }
  return recordKey(values, id);
}

function sameFields(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((field, at) => field === b[at]);
}
