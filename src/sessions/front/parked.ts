import type { Accept } from '../../delivery/accept.ts';
import { pageOf, type Page, type PageWanted } from '../../delivery/page.ts';
import type { Directory } from '../../directory/directory.ts';
import type { Owner } from '../../directory/identifiers/identifier-index.ts';
import { sharedTenantId } from '../../directory/shared-tenant.ts';
import { derivedId } from '../../platform/derived-id.ts';
import type { ConversationId, InboxEntryId } from '../../platform/ids.ts';
import type { Store, Stored, Write } from '../../store/store.ts';
import type { ConversationEvent } from '../conversation-event.ts';
import { fronts, heldMessages, type FrontRecord, type HeldMessage } from './front-record.ts';

/** A customer of a shared line of whom nobody knows whom they write to. */
export interface ParkedView {
  readonly id: string;
  readonly record: FrontRecord;
  /** The first messages that wait. */
  readonly messages: readonly HeldMessage[];
}

/** What waits on shared lines because nobody knows whom it is for. */
export interface Parked {
  /** Longest first. */
  list(page: PageWanted<FrontRecord>): Promise<Page<FrontRecord>>;
  view(id: string): Promise<ParkedView | undefined>;
  /**
   * Gives the conversation to a tenant; done when it is durable, takes effect in its turn, and only if nobody was faster. Asked twice, it is
   * the same. In one commit with `also`.
   */
  assign(
    id: string,
    owner: Owner,
    also?: readonly Write[],
  ): Promise<'assigned' | 'not parked' | 'not shared'>;
  /** At most 1000. */
  count(): Promise<number>;
}

const shownMessages = 20;
const mostCounted = 1000;

export function createParked(options: {
  readonly store: Store;
  readonly directory: Directory;
  readonly accept: Accept<ConversationEvent>;
}): Parked {
  const { store, directory, accept } = options;
  const find = async (id: string): Promise<Stored<FrontRecord> | undefined> => {
    const found = await store.get(sharedTenantId, fronts, id);
    return found?.value.parkedAt === undefined ? undefined : found;
  };
  return {
    async list({ limit, after }) {
      const found = await store.find(sharedTenantId, fronts, {
        index: 'byParked',
        equals: [],
        limit,
        ...(after === undefined ? {} : { after }),
      });
      return pageOf(found, limit);
    },
    async view(id) {
      const found = await find(id);
      if (found === undefined) return undefined;
      const held = await store.find(sharedTenantId, heldMessages, {
        index: 'byConversation',
        equals: [id],
        limit: shownMessages,
      });
      return { id, record: found.value, messages: held.map(({ value }) => value) };
    },
    async assign(id, owner, also = []) {
      const found = await find(id);
      if (found === undefined) return 'not parked';
      const tenant = directory.tenant(owner.tenant);
      if (tenant?.lines.get(found.value.line)?.isShared !== true) return 'not shared';
      if (owner.service !== undefined && tenant.services?.has(owner.service) !== true) return 'not shared';
      const since = found.value.parkedAt ?? 0;
      const entry = derivedId<InboxEntryId>('assign', id, since, owner.tenant, owner.service ?? '');
      const event = { type: 'front', assign: owner } as const;
      await accept(sharedTenantId, [{ id: entry, key: id as ConversationId, event }], { writes: also });
      return 'assigned';
    },
    async count() {
      const found = await store.find(sharedTenantId, fronts, {
        index: 'byParked',
        equals: [],
        limit: mostCounted,
      });
      return found.length;
    },
  };
}
