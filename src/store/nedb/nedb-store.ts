import type { TenantId } from '../../platform/ids.ts';
import {
  StoreUnavailable,
  type Collection,
  type Query,
  type Store,
  type Stored,
  type Write,
} from '../store.ts';
import { Collections } from '../collections.ts';
import type { GroupCommitter } from './group-committer.ts';
import type { Image } from './image.ts';
import { keyRange } from '../key-range.ts';
import type { Row } from './ordered-index.ts';
import { prepareBatch } from '../prepared-batch.ts';

/** What was found and done when the store was opened. */
export interface OpenReport {
  readonly records: number;
  /** Bytes of a write that had not finished when the process or the machine ended; nobody was told it was committed. */
  readonly droppedBytes: number;
  readonly milliseconds: number;
}

/** Reads come from the image, writes go through the journal. */
export class NedbStore implements Store {
  readonly openReport: OpenReport;
  readonly #image: Image;
  readonly #committer: GroupCommitter;
  readonly #release: () => Promise<void>;
  readonly #collections = new Collections();
  #closed: Promise<void> | undefined;

  constructor(image: Image, committer: GroupCommitter, openReport: OpenReport, release: () => Promise<void>) {
    this.#image = image;
    this.#committer = committer;
    this.openReport = openReport;
    this.#release = release;
  }

  async get<T extends object>(
    tenant: TenantId,
    collection: Collection<T>,
    id: string,
  ): Promise<Stored<T> | undefined> {
    this.#mustBeOpen();
    this.#collections.check(collection);
    const row = this.#image.table(tenant, collection.name)?.get(id);
    return row === undefined ? undefined : stored<T>(row);
  }

  async find<T extends object>(
    tenant: TenantId,
    collection: Collection<T>,
    query: Query,
  ): Promise<Stored<T>[]> {
    this.#mustBeOpen();
    const shape = this.#collections.check(collection);
    const range = keyRange(shape, query);
    const rows = this.#image.table(tenant, collection.name)?.range(shape, query.index, range) ?? [];
    return rows.map((row) => stored<T>(row));
  }

  async commit(tenant: TenantId, writes: readonly Write[]): Promise<void> {
    this.#mustBeOpen();
    const batch = prepareBatch(tenant, writes, this.#collections);
    if (batch.writes.length > 0) await this.#committer.submit(batch);
  }

  async tenants(): Promise<TenantId[]> {
    this.#mustBeOpen();
    return this.#image.tenants();
  }

  close(): Promise<void> {
    this.#closed ??= this.#committer.drained().then(this.#release);
    return this.#closed;
  }

  #mustBeOpen(): void {
    if (this.#closed !== undefined) throw new StoreUnavailable('the store is closed');
  }
}

/** A new object each time: what a caller does to it reaches nobody else. */
function stored<T>(row: Row): Stored<T> {
  return { id: row._id, version: row.version, value: JSON.parse(row.json) as T };
}
