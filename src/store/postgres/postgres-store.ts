import type { Pool } from 'pg';
import type { TenantId } from '../../platform/ids.ts';
import { Collections } from '../collections.ts';
import { keyRange } from '../key-range.ts';
import { prepareBatch } from '../prepared-batch.ts';
import {
  StoreUnavailable,
  type Collection,
  type Query,
  type Store,
  type Stored,
  type Write,
} from '../store.ts';
import { fromDocument } from './document-text.ts';
import { asStoreFailure } from './failure.ts';
import type { IndexRegistry } from './index-registry.ts';
import { keyBytes } from './key-bytes.ts';
import { databaseTime } from './statements/database-time.ts';
import type { FoundRecord } from './statements/get-record.ts';
import { listTenants } from './statements/list-tenants.ts';
import { takeNumbers } from './statements/take-numbers.ts';
import { mustBeStorable, mustBeStorableId } from './storable.ts';
import { TenantCommitter, type GroupReport } from './tenant-committer.ts';
import { TenantReader } from './tenant-reader.ts';

/** Any number of processes share one database; each has a store of its own. */
export class PostgresStore implements Store {
  /** The same records by a connection of its own, for what must not wait behind everything else; closed with this store. */
  readonly apart: Store | undefined;
  readonly #pool: Pool;
  readonly #registry: IndexRegistry;
  readonly #onGroup: (group: GroupReport) => void;
  readonly #collections = new Collections();
  readonly #committers = new Map<TenantId, TenantCommitter>();
  readonly #readers = new Map<TenantId, TenantReader>();
  readonly #underWay = new Set<Promise<unknown>>();
  #closed: Promise<void> | undefined;

  constructor(pool: Pool, registry: IndexRegistry, onGroup: (group: GroupReport) => void, apart?: Store) {
    this.#pool = pool;
    this.#registry = registry;
    this.#onGroup = onGroup;
    this.apart = apart;
  }

  async get<T extends object>(
    tenant: TenantId,
    collection: Collection<T>,
    id: string,
  ): Promise<Stored<T> | undefined> {
    this.#mustBeOpen();
    const { name } = this.#collections.check(collection);
    mustBeStorableId(name, id);
    const found = await this.#run(async () => this.#reader(tenant).get({ collection: name, id }));
    return found === undefined ? undefined : stored<T>(found);
  }

  async find<T extends object>(
    tenant: TenantId,
    collection: Collection<T>,
    query: Query,
  ): Promise<Stored<T>[]> {
    this.#mustBeOpen();
    const shape = this.#collections.check(collection);
    const { from, before, descending, limit } = keyRange(shape, query);
    const found = await this.#run(async () => {
      await this.#registry.ensure(shape);
      const slot = this.#registry.slots.slotOf(shape.name, shape.indexes[query.index] ?? []);
      if (slot === undefined) throw new Error(`${shape.name}: index ${query.index} was not added`);
      return this.#reader(tenant).find({
        collection: shape.name,
        slot,
        from: keyBytes(from),
        before: keyBytes(before),
        descending,
        limit,
      });
    });
    return found.map((record) => stored<T>(record));
  }

  async commit(tenant: TenantId, writes: readonly Write[]): Promise<void> {
    this.#mustBeOpen();
    const batch = prepareBatch(tenant, writes, this.#collections);
    mustBeStorable(batch);
    if (batch.writes.length === 0) return;
    const shapes = new Map(
      writes.map(({ collection }) => [collection.name, this.#collections.check(collection)]),
    );
    await this.#run(async () => {
      for (const shape of shapes.values()) await this.#registry.ensure(shape);
      await this.#committer(tenant).submit(batch);
    });
  }

  async tenants(): Promise<TenantId[]> {
    this.#mustBeOpen();
    return this.#run(async () => listTenants(this.#pool));
  }

  /** Numbers that no other call, in whatever process, is given; greater than all that were given before this call. */
  async takeNumbers(): Promise<{ readonly first: number; readonly count: number }> {
    this.#mustBeOpen();
    return this.#run(async () => takeNumbers(this.#pool));
  }

  /** The server's wall clock, milliseconds since the epoch. */
  async time(): Promise<number> {
    this.#mustBeOpen();
    return this.#run(async () => databaseTime(this.#pool));
  }

  close(): Promise<void> {
    this.#closed ??= Promise.allSettled([...this.#underWay, this.apart?.close()]).then(async () =>
      this.#pool.end(),
    );
    return this.#closed;
  }

  #committer(tenant: TenantId): TenantCommitter {
    const known = this.#committers.get(tenant);
    if (known !== undefined) return known;
    const made = new TenantCommitter(this.#pool, this.#registry, tenant, this.#onGroup);
    this.#committers.set(tenant, made);
    return made;
  }

  #reader(tenant: TenantId): TenantReader {
    const known = this.#readers.get(tenant);
    if (known !== undefined) return known;
    const made = new TenantReader(this.#pool, tenant);
    this.#readers.set(tenant, made);
    return made;
  }

  async #run<Result>(work: () => Promise<Result>): Promise<Result> {
    const running = work();
    this.#underWay.add(running);
    try {
      return await running;
    } catch (error) {
      throw asStoreFailure(error);
    } finally {
      this.#underWay.delete(running);
    }
  }

  #mustBeOpen(): void {
    if (this.#closed !== undefined) throw new StoreUnavailable('the store is closed');
  }
}

function stored<T>({ id, version, document }: FoundRecord): Stored<T> {
  return { id, version, value: JSON.parse(fromDocument(document)) as T };
}
