import type { Pool } from 'pg';
import type { TenantId } from '../../platform/ids.ts';
import { GroupedReads } from './grouped-reads.ts';
import { findManyRecords } from './statements/find-many-records.ts';
import { findRecords, type RecordRange } from './statements/find-records.ts';
import { getRecord, type FoundRecord } from './statements/get-record.ts';
import { getRecords } from './statements/get-records.ts';
import type { RecordName } from './statements/record-name.ts';

/** No tenant has all connections. */
const limits = { underWay: 4, group: 100 };

/**
 * Gets of one tenant that are asked for at once, or while others are under way, share a statement and so a round trip; and so do finds
 * that go by the same key column in the same direction.
 */
export class TenantReader {
  readonly #pool: Pool;
  readonly #tenant: TenantId;
  readonly #reads = new GroupedReads(limits);
  readonly #get: (name: RecordName) => Promise<FoundRecord | undefined>;
  readonly #finds = new Map<string, (range: RecordRange) => Promise<FoundRecord[]>>();

  constructor(pool: Pool, tenant: TenantId) {
    this.#pool = pool;
    this.#tenant = tenant;
    this.#get = this.#reads.kind(async (names) => this.#getTogether(names));
  }

  get(name: RecordName): Promise<FoundRecord | undefined> {
    return this.#get(name);
  }

  find(range: RecordRange): Promise<FoundRecord[]> {
    const kind = `${range.slot} ${range.descending ? 'down' : 'up'}`;
    const find =
      this.#finds.get(kind) ??
      this.#reads.kind<RecordRange, FoundRecord[]>(async (ranges) => this.#findTogether(ranges));
    this.#finds.set(kind, find);
    return find(range);
  }

  async #getTogether(names: readonly RecordName[]): Promise<(FoundRecord | undefined)[]> {
    const [only] = names;
    if (names.length !== 1 || only === undefined) return getRecords(this.#pool, this.#tenant, names);
    return [await getRecord(this.#pool, this.#tenant, only.collection, only.id)];
  }

  async #findTogether(ranges: readonly RecordRange[]): Promise<FoundRecord[][]> {
    const [only] = ranges;
    if (ranges.length !== 1 || only === undefined) return findManyRecords(this.#pool, this.#tenant, ranges);
    return [await findRecords(this.#pool, this.#tenant, only)];
  }
}
