import { as, type InboxEntryId, type TenantId } from '../platform/ids.ts';
import { Conflict, remove, type Store, type Stored, type Write } from '../store/store.ts';
import type { Accept } from './accept.ts';
import { quarantinedEntries, type QuarantinedEntry } from './collections.ts';
import type { NewEntry } from './delivery.ts';
import { pageOf, type Page, type PageWanted } from './page.ts';

/** Entries that were set aside, for an operator to look at, put back or drop. */
export interface Quarantine<Event> {
  /** Oldest first. */
  list(tenant: TenantId, wanted?: PageWanted<QuarantinedEntry>): Promise<Page<QuarantinedEntry<Event>>>;
  get(tenant: TenantId, id: InboxEntryId): Promise<QuarantinedEntry<Event> | undefined>;
  /**
   * Accepts the entry again, under a new id, at the end of its key's queue. False where it is not (or no longer) there, or something of `also`,
   * which goes into the same commit, conflicts.
   */
  putBack(tenant: TenantId, id: InboxEntryId, also?: readonly Write[]): Promise<boolean>;
  /** Forgets the entry. False likewise. */
  drop(tenant: TenantId, id: InboxEntryId, also?: readonly Write[]): Promise<boolean>;
}

const defaultLimit = 100;

export function createQuarantine<Event>(store: Store, accept: Accept<Event>): Quarantine<Event> {
  return {
    async list(tenant, wanted = { limit: defaultLimit }) {
      const found = await store.find(tenant, quarantinedEntries, { index: 'byAge', equals: [], ...wanted });
      return pageOf(found as Stored<QuarantinedEntry<Event>>[], wanted.limit);
    },
    async get(tenant, id) {
      const found = await store.get(tenant, quarantinedEntries, id);
      return found?.value as QuarantinedEntry<Event> | undefined;
    },
    async putBack(tenant, id, also = []) {
      const found = await store.get(tenant, quarantinedEntries, id);
      if (found === undefined) return false;
      const { key, event } = found.value;
      const entry: NewEntry<Event> = { id: nextId(id), key, event: event as Event };
      const writes = [remove(quarantinedEntries, id, found.version), ...also];
      return unlessGone(accept(tenant, [entry], { writes }));
    },
    async drop(tenant, id, also = []) {
      const found = await store.get(tenant, quarantinedEntries, id);
      if (found === undefined) return false;
      return unlessGone(store.commit(tenant, [remove(quarantinedEntries, id, found.version), ...also]));
    },
  };
}

/** Deduplication remembers the first id: what is put back needs another one, the same one if it is put back twice at once. */
function nextId(id: InboxEntryId): InboxEntryId {
  const [, base = id, count = '0'] = /^(.+)~(\d+)$/.exec(id) ?? [];
  return as(`${base}~${Number(count) + 1}`);
}

async function unlessGone(done: Promise<unknown>): Promise<boolean> {
  try {
    await done;
    return true;
  } catch (error) {
    if (error instanceof Conflict) return false;
    throw error;
  }
}
