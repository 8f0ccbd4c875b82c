import type { Clock } from '../platform/clock.ts';
import { crashPoint } from '../platform/crash-point.ts';
import type { ConversationId, InboxEntryId, TenantId } from '../platform/ids.ts';
import { Conflict, put, StoreUnavailable, type Store, type Write } from '../store/store.ts';
import { inboxEntries, seenEntries } from './collections.ts';
import type { InboxEntry, NewEntry } from './delivery.ts';
import type { DeliveryHooks } from './hooks.ts';
import { entryRow } from './rows.ts';
import type { Sequence } from './sequence.ts';

export interface Accepted {
  readonly accepted: number;
  readonly duplicates: number;
}

export interface AcceptOptions {
  /** Committed together with the entries (also where all of them are duplicates). A Conflict of theirs rejects the call; nothing is accepted then. */
  readonly writes?: readonly Write[];
}

/** Makes entries durable. Resolves when they are; an entry whose id was accepted before is dropped and counted. */
export type Accept<Event> = (
  tenant: TenantId,
  entries: readonly NewEntry<Event>[],
  options?: AcceptOptions,
) => Promise<Accepted>;

interface Call<Event> {
  readonly entries: readonly NewEntry<Event>[];
  readonly writes: readonly Write[];
  readonly resolve: (result: Accepted) => void;
  readonly reject: (error: unknown) => void;
}

/** Entries committed at once; a single call may bring more. */
const batchSize = 256;
/** Rounds of "find the duplicates, try without them": another process may accept the same entries meanwhile. */
const rounds = 20;

/**
 * One commit at a time per tenant; calls that come meanwhile share the next one. So the order of the calls is the order in the store
 * also where the store would commit side by side, and under load many calls cost one commit.
 * `waiting`: calls that are not durable yet.
 */
export function createAccept<Event>(options: {
  readonly store: Store;
  readonly clock: Clock;
  readonly sequence: Promise<Sequence>;
  readonly hooks: DeliveryHooks;
  /** These are durable now, in this order. */
  readonly announce: (tenant: TenantId, rows: readonly InboxEntry<Event>[]) => void;
  /** Something may be stored for the key, or may not. */
  readonly touch: (tenant: TenantId, key: ConversationId) => void;
}): { readonly accept: Accept<Event>; readonly waiting: () => number } {
  const { store, clock, hooks } = options;
  let waiting = 0;
  const queues = new Map<TenantId, Call<Event>[]>();

  const drain = async (tenant: TenantId, queue: Call<Event>[]): Promise<void> => {
    while (queue.length > 0) {
      const calls = takeBatch(queue);
      try {
        const known = await commitFresh(tenant, calls);
        for (const call of calls) answer(tenant, call, known);
      } catch (error) {
        for (const call of calls) call.reject(error);
      }
    }
    queues.delete(tenant);
  };

  /** Commits what is new; resolves with the ids that were not. Consumes `known` in the order of the calls. */
  const commitFresh = async (tenant: TenantId, calls: readonly Call<Event>[]): Promise<Set<InboxEntryId>> => {
    const sequence = await options.sequence;
    const known = new Set<InboxEntryId>();
    const unique = new Map(calls.flatMap((call) => call.entries).map((entry) => [entry.id, entry]));
    const writes = calls.flatMap((call) => call.writes);
    for (let round = 0; ; round += 1) {
      const now = clock.now();
      const fresh = [...unique.values()].filter((entry) => !known.has(entry.id));
      const rows = await Promise.all(fresh.map(async (entry) => entryRow(entry, await sequence.next(), now)));
      if (rows.length === 0 && writes.length === 0) return known;
      try {
        crashPoint('inbox-before-commit');
        await store.commit(tenant, [
          ...rows.flatMap((row) => [
            put(seenEntries, row.id, { at: now }, 'absent'),
            put(inboxEntries, row.id, row, 'absent'),
          ]),
          ...writes,
        ]);
        options.announce(tenant, rows);
        crashPoint('inbox-after-commit-before-ack');
        return known;
      } catch (error) {
        // Not known to be durable is not known to be lost: if it is there after all, it must be handled.
        if (error instanceof StoreUnavailable) for (const row of rows) options.touch(tenant, row.key);
        if (!(error instanceof Conflict) || round >= rounds) throw error;
        const before = known.size;
        for (const id of await seenOf(tenant, rows)) known.add(id);
        if (known.size === before) throw error;
      }
    }
  };

  const seenOf = async (tenant: TenantId, rows: readonly InboxEntry<Event>[]): Promise<InboxEntryId[]> => {
    const found = await Promise.all(
      rows.map(async (row) => {
        const [seen, pending] = await Promise.all([
          store.get(tenant, seenEntries, row.id),
          store.get(tenant, inboxEntries, row.id),
        ]);
        if (pending !== undefined) options.touch(tenant, row.key);
        return seen !== undefined || pending !== undefined ? [row.id] : [];
      }),
    );
    return found.flat();
  };

  const answer = (tenant: TenantId, call: Call<Event>, known: Set<InboxEntryId>): void => {
    let accepted = 0;
    for (const entry of call.entries) {
      if (known.has(entry.id)) continue;
      accepted += 1;
      // A later mention of the same id, in this call or one that shared its commit, is a duplicate.
      known.add(entry.id);
    }
    const duplicates = call.entries.length - accepted;
    hooks.accepted?.(tenant, accepted, duplicates);
    call.resolve({ accepted, duplicates });
  };

  const accept: Accept<Event> = async (tenant, entries, { writes = [] } = {}) => {
    if (entries.length === 0 && writes.length === 0) return { accepted: 0, duplicates: 0 };
    waiting += 1;
    return new Promise<Accepted>((resolve, reject) => {
      const call: Call<Event> = { entries, writes, resolve, reject };
      const queue = queues.get(tenant);
      if (queue !== undefined) {
        queue.push(call);
        return;
      }
      const fresh = [call];
      queues.set(tenant, fresh);
      void drain(tenant, fresh);
    }).finally(() => {
      waiting -= 1;
    });
  };
  return { accept, waiting: () => waiting };
}

/** Calls with writes of their own go alone, so that a Conflict is theirs and nobody else's. */
function takeBatch<Event>(queue: Call<Event>[]): Call<Event>[] {
  let size = 0;
  let count = 0;
  for (const call of queue) {
    if (count > 0 && (call.writes.length > 0 || size + call.entries.length > batchSize)) break;
    size += call.entries.length;
    count += 1;
    if (call.writes.length > 0) break;
  }
  return queue.splice(0, count);
}
