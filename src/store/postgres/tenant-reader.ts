import type { Pool } from 'pg';
import type { TenantId } from '../../platform/ids.ts';
import { getRecord, type FoundRecord } from './statements/get-record.ts';
import { getRecords } from './statements/get-records.ts';

interface Asked {
  readonly collection: string;
  readonly id: string;
  readonly resolve: (found: FoundRecord | undefined) => void;
  readonly reject: (reason: unknown) => void;
}

/** No tenant has all connections. */
const mostUnderWay = 4;
const maxGroup = 100;

/** Gets of one tenant that are asked for at once, or while others are under way, share a statement and so a round trip. */
export class TenantReader {
  readonly #pool: Pool;
  readonly #tenant: TenantId;
  #waiting: Asked[] = [];
  #underWay = 0;
  #scheduled = false;

  constructor(pool: Pool, tenant: TenantId) {
    this.#pool = pool;
    this.#tenant = tenant;
  }

  get(collection: string, id: string): Promise<FoundRecord | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<FoundRecord | undefined>();
    this.#waiting.push({ collection, id, resolve, reject });
    this.#schedule();
    return promise;
  }

  #schedule(): void {
    if (this.#scheduled || this.#waiting.length === 0 || this.#underWay >= mostUnderWay) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      void this.#read(this.#waiting.splice(0, maxGroup));
      this.#schedule();
    });
  }

  /** Never rejects: each is told by its own promise. */
  async #read(group: readonly Asked[]): Promise<void> {
    this.#underWay += 1;
    try {
      const [only] = group;
      const found =
        group.length === 1 && only !== undefined
          ? [await getRecord(this.#pool, this.#tenant, only.collection, only.id)]
          : await getRecords(this.#pool, this.#tenant, group);
      for (const [at, { resolve }] of group.entries()) resolve(found[at]);
    } catch (error) {
      for (const { reject } of group) reject(error);
    } finally {
      this.#underWay -= 1;
      this.#schedule();
    }
  }
}
