import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { TenantId } from '../../platform/ids.ts';
import type { PreparedBatch } from '../prepared-batch.ts';
import { commitGroup } from './commit-group.ts';
import { asStoreFailure, isFaultOfTheData } from './failure.ts';
import type { IndexRegistry } from './index-registry.ts';

interface Waiting {
  readonly batch: PreparedBatch;
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;
}

/** One transaction with what was in it. */
export interface GroupReport {
  readonly batches: number;
  /** Characters of JSON, of the batches that were refused as well. */
  readonly bytes: number;
  /** From asking for a connection to the commit's answer. */
  readonly seconds: number;
}

/** Keep a transaction short when very many wait. */
const maxGroupCharacters = 4 * 1024 * 1024;
const maxGroupBatches = 500;

/**
 * Commits of one tenant that wait while another is under way go into one transaction, so that a round trip and a flush to disk
 * serve all of them. A tenant has one transaction at a time in a process, so that its commits do not wait for each
 * other's locks, and no tenant takes more than one connection for its commits.
 */
export class TenantCommitter {
  readonly #pool: Pool;
  readonly #registry: IndexRegistry;
  readonly #tenant: TenantId;
  readonly #report: (group: GroupReport) => void;
  #isNew = true;
  #waiting: Waiting[] = [];
  #pumping = false;

  constructor(pool: Pool, registry: IndexRegistry, tenant: TenantId, report: (group: GroupReport) => void) {
    this.#pool = pool;
    this.#registry = registry;
    this.#tenant = tenant;
    this.#report = report;
  }

  submit(batch: PreparedBatch): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    this.#waiting.push({ batch, resolve: () => resolve(undefined), reject });
    if (!this.#pumping) void this.#pump();
    return promise;
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    while (this.#waiting.length > 0) {
      await nextTurn();
      await this.#commit(this.#takeGroup());
    }
    this.#pumping = false;
  }

  #takeGroup(): Waiting[] {
    let characters = 0;
    let count = 0;
    for (const { batch } of this.#waiting) {
      characters += charactersOf(batch);
      if (count > 0 && (characters > maxGroupCharacters || count >= maxGroupBatches)) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  /** Never rejects: each batch is told by its own promise. */
  async #commit(group: readonly Waiting[]): Promise<void> {
    const startedAt = performance.now();
    const batches = group.map(({ batch }) => batch);
    try {
      const outcomes = await commitGroup(this.#pool, this.#registry, this.#tenant, batches, this.#isNew);
      this.#isNew = false;
      for (const [at, { resolve, reject }] of group.entries()) {
        const outcome = outcomes[at];
        if (outcome?.kind === 'refuse') reject(outcome.conflict);
        else resolve();
      }
    } catch (error) {
      // The server does not say whose data it minds: each by itself, so that one batch does not take others with it.
      if (group.length > 1 && isFaultOfTheData(error)) {
        for (const one of group) await this.#commit([one]);
        return;
      }
      for (const { reject } of group) reject(asStoreFailure(error));
      return;
    }
    const bytes = batches.reduce((sum, batch) => sum + charactersOf(batch), 0);
    this.#report({ batches: batches.length, bytes, seconds: (performance.now() - startedAt) / 1000 });
  }
}

function charactersOf({ writes }: PreparedBatch): number {
  return writes.reduce((sum, { json }) => sum + (json?.length ?? 0), 0);
}
