import type { Pool } from 'pg';
import type { CollectionShape } from '../collections.ts';
import { addIndexes } from './add-indexes.ts';
import type { IndexSlots } from './index-slots.ts';
import { loadIndexSlots } from './statements/load-index-slots.ts';

/** This process's knowledge of all declared indexes. */
export class IndexRegistry {
  readonly #pool: Pool;
  readonly #shapes = new Map<string, CollectionShape>();
  readonly #adding = new Map<string, Promise<void>>();
  #slots: IndexSlots;

  constructor(pool: Pool, slots: IndexSlots) {
    this.#pool = pool;
    this.#slots = slots;
  }

  get slots(): IndexSlots {
    return this.#slots;
  }

  shape(collection: string): CollectionShape {
    return this.#shapes.get(collection) ?? { name: collection, indexes: {} };
  }

  /** Makes sure that every replica fills the collection's indexes. No work but the first time. */
  async ensure(shape: CollectionShape): Promise<void> {
    this.#shapes.set(shape.name, shape);
    if (this.#slots.missing(shape).length === 0) return;
    const adding =
      this.#adding.get(shape.name) ??
      addIndexes(this.#pool, shape)
        .then((slots) => this.#take(slots))
        .finally(() => this.#adding.delete(shape.name));
    this.#adding.set(shape.name, adding);
    await adding;
  }

  async reload(): Promise<void> {
    this.#take(await loadIndexSlots(this.#pool));
  }

  #take(slots: IndexSlots): void {
    if (slots.generation > this.#slots.generation) this.#slots = slots;
  }
}
