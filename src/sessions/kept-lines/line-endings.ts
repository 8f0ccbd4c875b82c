import type { Accept } from '../../delivery/accept.ts';
import type { NewEntry } from '../../delivery/delivery.ts';
import { OneByOne } from '../../directory/kept/one-by-one.ts';
import type { Clock } from '../../platform/clock.ts';
import { derivedId } from '../../platform/derived-id.ts';
import { as, type InboxEntryId, type LineId, type SessionId, type TenantId } from '../../platform/ids.ts';
import type { Logger } from '../../platform/log.ts';
import { Conflict, remove, type Store, type Stored } from '../../store/store.ts';
import type { ConversationEvent } from '../conversation-event.ts';
import { openStates, sessions, type SessionRecord } from '../session.ts';
import { lineEnds, type LineEnd } from './line-end.ts';

/** Sessions that are told in one commit, at most. */
const pageSize = 250;
const mostLines = 1000;
/** A session that went from one state to another between two pages was perhaps seen in neither: so long it is looked for again. */
const lookAgainMs = 60_000;

interface LineEndingsOptions {
  readonly store: Store;
  readonly accept: Accept<ConversationEvent>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Tells each open session of a line that is gone: nothing reaches its customer any more, and its agents are free. What a crash leaves over is
 * told when the tenant is followed again; each session takes it once.
 */
export class LineEndings {
  readonly #options: LineEndingsOptions;
  readonly #turns = new OneByOne();
  #stopped = false;

  constructor(options: LineEndingsOptions) {
    this.#options = options;
  }

  /** Tells what is to be told; what fails is left for the next time, and rejects nothing. */
  async follow(tenant: TenantId): Promise<void> {
    try {
      await this.#turns.run(tenant, async () => this.#follow(tenant));
    } catch (error) {
      const { logger } = this.#options;
      logger.warn({ tenant, reason: String(error) }, 'sessions of a removed line could not be ended yet');
    }
  }

  /** Ends between two pages. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#turns.settled();
  }

  async #follow(tenant: TenantId): Promise<void> {
    const { store, clock, logger } = this.#options;
    if (this.#stopped) return;
    const ends = await store.find(tenant, lineEnds, { index: 'byLine', equals: [], limit: mostLines });
    if (ends.length === 0) return;
    const before = clock.now() - lookAgainMs;
    const told = await this.#tellAll(tenant, ends);
    if (told === undefined) return;
    for (const [line, many] of told)
      logger.info({ tenant, line, sessions: many }, 'sessions of a line that was removed are being ended');
    for (const { id, value, version } of ends)
      if (!told.has(value.line) && value.at <= before) await this.#forget(tenant, id, version);
  }

  /** Gives how many there are, by line; undefined: it was stopped before the last. */
  async #tellAll(
    tenant: TenantId,
    ends: readonly Stored<LineEnd>[],
  ): Promise<Map<LineId, number> | undefined> {
    const { store, accept } = this.#options;
    const atOf = new Map(ends.map(({ value: { line, at } }) => [line, at]));
    const latest = Math.max(...atOf.values());
    const told = new Map<LineId, number>();
    for (const state of openStates) {
      let after: Stored<SessionRecord> | undefined;
      do {
        if (this.#stopped) return undefined;
        const page: Stored<SessionRecord>[] = await store.find(tenant, sessions, {
          index: 'byState',
          equals: [state],
          to: latest,
          limit: pageSize,
          ...(after === undefined ? {} : { after }),
        });
        const entries = page.flatMap(({ id, value: { conversation, openedAt, legs } }) => {
          const line = legs.find((leg) => leg.role === 'customer')?.line;
          const at = line === undefined ? undefined : atOf.get(line);
          if (line === undefined || at === undefined || openedAt > at) return [];
          told.set(line, (told.get(line) ?? 0) + 1);
          return [entryOf(tenant, { id: as(id), conversation }, at)];
        });
        if (entries.length > 0) await accept(tenant, entries);
        after = page.length < pageSize ? undefined : page.at(-1);
      } while (after !== undefined);
    }
    return told;
  }

  async #forget(tenant: TenantId, id: string, version: number): Promise<void> {
    try {
      await this.#options.store.commit(tenant, [remove(lineEnds, id, version)]);
    } catch (error) {
      // Another replica did, or the line was added and removed again.
      if (!(error instanceof Conflict)) throw error;
    }
  }
}

function entryOf(
  tenant: TenantId,
  { id, conversation }: Pick<SessionRecord, 'id' | 'conversation'>,
  at: number,
): NewEntry<ConversationEvent> {
  return {
    id: derivedId<InboxEntryId>('line-gone', tenant, id, at),
    key: conversation,
    event: { type: 'queue', news: { what: 'line-gone', session: as<SessionId>(id) } },
  };
}
