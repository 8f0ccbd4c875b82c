import { keyInIndex, type CollectionShape } from '../collections.ts';
import type { KeyRange } from '../key-range.ts';
import { IndexSet, type OrderedIndex, type Row } from './ordered-index.ts';

interface BuiltIndex {
  readonly name: string;
  readonly field: `i${number}`;
  readonly index: OrderedIndex;
}

/**
 * The records of one collection of one tenant. An index is built when it is first asked for, so that opening a store reads no
 * value and an index that nobody uses costs nothing; from then on every write keeps it.
 */
export class Table {
  readonly #rows = new Map<string, Row>();
  readonly #built = new Map<string, BuiltIndex>();
  #indexes: IndexSet | undefined;

  get size(): number {
    return this.#rows.size;
  }

  get(id: string): Row | undefined {
    return this.#rows.get(id);
  }

  rows(): Iterable<Row> {
    return this.#rows.values();
  }

  /** `keys`: the record's key in each declared index, by the index's name. */
  put(id: string, version: number, json: string, keys: ReadonlyMap<string, string>): void {
    this.#unindex(id);
    const row: Row = { _id: id, version, json };
    for (const { name, field, index } of this.#built.values()) {
      row[field] = keys.get(name);
      if (row[field] !== undefined) index.insert(row);
    }
    this.#rows.set(id, row);
  }

  delete(id: string): void {
    this.#unindex(id);
    this.#rows.delete(id);
  }

  range(shape: CollectionShape, indexName: string, range: KeyRange): Row[] {
    return (this.#built.get(indexName) ?? this.#build(shape, indexName)).index.range(range);
  }

  #unindex(id: string): void {
    const row = this.#rows.get(id);
    if (row === undefined) return;
    for (const { field, index } of this.#built.values()) if (row[field] !== undefined) index.remove(row);
  }

  #build(shape: CollectionShape, name: string): BuiltIndex {
    const field = `i${this.#built.size}` as const;
    this.#indexes ??= new IndexSet();
    const built: BuiltIndex = { name, field, index: this.#indexes.add(field) };
    for (const row of this.#rows.values()) {
      row[field] = keyInIndex(shape, name, row._id, JSON.parse(row.json) as object);
      if (row[field] !== undefined) built.index.insert(row);
    }
    this.#built.set(name, built);
    return built;
  }
}
