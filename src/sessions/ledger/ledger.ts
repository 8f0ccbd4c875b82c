import { as, type MessageId, type TenantId } from '../../platform/ids.ts';
import type { PageWanted } from '../../delivery/page.ts';
import { agentOfUser, type Directory } from '../../directory/directory.ts';
import type { Store } from '../../store/store.ts';
import { findByNative } from './find-by-native.ts';
import type { LedgerFacts } from './ledger-facts.ts';
import { ledgerWords } from './ledger-words.ts';
import { conversationsOf, listMessages, type MessagePage, type MessagePlace } from './list-messages.ts';
import { readMessage, type LedgerReading } from './read-ledger.ts';

/** What operators may look for: a network's id or a room's event, all of a conversation, all of an address. */
export const ledgerSearches = ['native', 'event', 'conversation', 'address'] as const;

export interface LedgerSearch {
  readonly by: (typeof ledgerSearches)[number];
  readonly value: string;
}

/** The ledger for operators. A tenant's ids lead to its own messages only. */
export interface Ledger {
  message(tenant: TenantId, id: MessageId): Promise<LedgerFacts | undefined>;
  search(tenant: TenantId, search: LedgerSearch, wanted: PageWanted<MessagePlace>): Promise<MessagePage>;
  words(tenant: TenantId, facts: LedgerFacts): string[];
}

export function createLedger(options: {
  readonly store: Store;
  readonly directory: Directory;
  readonly now: () => number;
}): Ledger {
  const { store, directory, now } = options;
  const readingOf = (id: TenantId): LedgerReading => {
    const tenant = directory.tenant(id);
    if (tenant === undefined) throw new Error(`tenant ${id} is not declared`);
    return { store, tenant };
  };
  return {
    message: async (tenant, id) => readMessage(readingOf(tenant), id),
    async search(tenant, { by, value }, wanted) {
      const reading = readingOf(tenant);
      switch (by) {
        case 'native':
        case 'event':
          return { messages: await findByNative(reading, value) };
        case 'conversation':
          return listMessages(reading, [as(value)], wanted);
        case 'address':
          return listMessages(reading, await conversationsOf(reading, as(value)), wanted);
      }
    },
    words(tenant, facts) {
      const nameOf = (user: Parameters<typeof agentOfUser>[1]): string =>
        agentOfUser(readingOf(tenant).tenant, user)?.name ?? user;
      return ledgerWords(facts, { now: now(), nameOf });
    },
  };
}
