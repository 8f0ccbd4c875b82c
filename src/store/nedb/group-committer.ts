import { setImmediate as nextTurn } from 'node:timers/promises';
import { crashPoint } from '../../platform/crash-point.ts';
import { createTurns } from '../../platform/turns.ts';
import { StoreUnavailable } from '../store.ts';
import { encodeFrame } from './frame.ts';
import { encodeGroup } from './frame-payload.ts';
import { decideGroup, type BatchOutcome } from '../group-decision.ts';
import type { TenantChanges } from '../record-change.ts';
import type { Image } from './image.ts';
import type { PreparedBatch } from '../prepared-batch.ts';

interface Waiting {
  /** The tenant: tenants take turns. */
  readonly group: string;
  readonly batch: PreparedBatch;
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;
}

/** One write to disk with what came of it. */
export interface GroupReport {
  readonly batches: number;
  readonly bytes: number;
  /** From the first check to the last byte being durable. */
  readonly seconds: number;
}

/** Where groups go. Resolves when the frame is durable. */
export interface GroupSink {
  append(frame: Buffer): Promise<void>;
  /** After each group, before the next is taken: the moment to change the journal. */
  settled(lastGroup: number): Promise<void>;
}

/** Keep one write, and what follows from it at once, short when very many wait. */
const maxGroupCharacters = 4 * 1024 * 1024;
const maxGroupBatches = 512;

/**
 * Commits that wait in the same turn of the event loop go to disk together: one frame, one write, one fdatasync. One frame a
 * group, not a batch, because a power cut may keep the end of a write and lose its beginning: so a damaged frame at the
 * very end is always one that was never acknowledged, and a damaged frame anywhere else always one that was.
 * Tenants take turns in a group, so that one who has little to commit does not wait behind all that another has.
 */
export class GroupCommitter {
  readonly #image: Image;
  readonly #sink: GroupSink;
  readonly #report: (group: GroupReport) => void;
  #lastGroup: number;
  readonly #waiting = createTurns<Waiting>({
    overall: Number.POSITIVE_INFINITY,
    perGroup: Number.POSITIVE_INFINITY,
  });
  #pumping: Promise<void> | undefined;

  constructor(image: Image, sink: GroupSink, lastGroup: number, report: (group: GroupReport) => void) {
    this.#image = image;
    this.#sink = sink;
    this.#lastGroup = lastGroup;
    this.#report = report;
  }

  submit(batch: PreparedBatch): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    this.#waiting.wait({ group: batch.tenant, batch, resolve: () => resolve(undefined), reject });
    this.#pumping ??= this.#pump();
    return promise;
  }

  /** Resolves when nothing waits any more. */
  async drained(): Promise<void> {
    while (this.#pumping !== undefined) await this.#pumping;
  }

  async #pump(): Promise<void> {
    await nextTurn();
    for (let group = this.#takeGroup(); group.length > 0; group = this.#takeGroup()) {
      await this.#commitGroup(group);
      await nextTurn();
    }
    this.#pumping = undefined;
  }

  #takeGroup(): Waiting[] {
    const group: Waiting[] = [];
    for (let characters = 0; group.length < maxGroupBatches && characters < maxGroupCharacters;) {
      const next = this.#waiting.take();
      if (next === undefined) break;
      this.#waiting.ended(next);
      group.push(next);
      for (const write of next.batch.writes) characters += write.json?.length ?? 0;
    }
    return group;
  }

  async #commitGroup(group: readonly Waiting[]): Promise<void> {
    const startedAt = performance.now();
    try {
      const outcomes = decideGroup(
        group.map(({ batch }) => batch),
        (tenant, collection, id) => this.#image.table(tenant, collection)?.get(id)?.version ?? 0,
      );
      const written = outcomes.flatMap((outcome) => (outcome.kind === 'write' ? [outcome.changes] : []));
      const changes = written.filter((batch) => batch.changes.length > 0);
      if (changes.length > 0) await this.#write(changes, startedAt);
      settle(group, outcomes);
    } catch (error) {
      // Conflicts of this group may have been found against batches that now are not written: all of it is undecided.
      const reason =
        error instanceof StoreUnavailable ? error : new StoreUnavailable('commit failed', { cause: error });
      for (const { reject } of group) reject(reason);
    }
    await this.#sink.settled(this.#lastGroup);
  }

  async #write(changes: readonly TenantChanges[], startedAt: number): Promise<void> {
    const frame = encodeFrame(encodeGroup(this.#lastGroup + 1, changes));
    await this.#sink.append(frame);
    crashPoint('store-after-append-before-apply');
    this.#lastGroup += 1;
    this.#image.apply(changes);
    const seconds = (performance.now() - startedAt) / 1000;
    this.#report({ batches: changes.length, bytes: frame.length, seconds });
  }
}

function settle(group: readonly Waiting[], outcomes: readonly BatchOutcome[]): void {
  for (const [at, waiting] of group.entries()) {
    const outcome = outcomes[at];
    if (outcome?.kind === 'refuse') waiting.reject(outcome.conflict);
    else waiting.resolve();
  }
}
