import type { ConversationId, NativeAddress } from '../../platform/ids.ts';
import { pageOf, type PageWanted } from '../../delivery/page.ts';
import { addresses, contactOf } from '../../directory/contact.ts';
import type { Collection, Stored } from '../../store/store.ts';
import { messageRecords } from '../message-record.ts';
import { keptBack } from './kept-back.ts';
import type { LedgerFacts } from './ledger-facts.ts';
import { keptBackFacts, relayedFacts, type LedgerReading } from './read-ledger.ts';

/** Where a page of messages ends: the time, on its sender's side, of the last one. */
export interface MessagePlace {
  readonly at: number;
}

export interface MessagePage {
  readonly messages: readonly LedgerFacts[];
  readonly next?: Stored<MessagePlace>;
}

/** What was said in these conversations, passed on or not, newest first. */
export async function listMessages(
  reading: LedgerReading,
  conversations: readonly ConversationId[],
  { limit, after }: PageWanted<MessagePlace>,
): Promise<MessagePage> {
  const newest = async <T extends { readonly conversation: ConversationId; readonly at: number }>(
    collection: Collection<T>,
    conversation: ConversationId,
    factsOf: (record: Stored<T>) => Promise<LedgerFacts | undefined>,
  ) => {
    const found = await reading.store.find(reading.tenant.id, collection, {
      index: 'byConversation',
      equals: [conversation],
      descending: true,
      limit,
      ...(after === undefined ? {} : { after: { ...after, value: { conversation, at: after.value.at } } }),
    });
    return found.map((record) => ({
      place: { id: record.id, version: 0, value: { at: record.value.at } },
      facts: async () => factsOf(record),
    }));
  };
  const lists = await Promise.all(
    conversations.flatMap((conversation) => [
      newest(messageRecords, conversation, async (record) => relayedFacts(reading, record)),
      newest(keptBack, conversation, async (record) => keptBackFacts(reading, record)),
    ]),
  );
  const merged = lists
    .flat()
    .sort(({ place: a }, { place: b }) => b.value.at - a.value.at || (a.id < b.id ? 1 : -1))
    .slice(0, limit);
  const { next } = pageOf(
    merged.map(({ place }) => place),
    limit,
  );
  const facts = await Promise.all(merged.map(async (one) => one.facts()));
  return { messages: facts.flatMap((one) => one ?? []), ...(next === undefined ? {} : { next }) };
}

/** Under so many names of ours (a line each, and on some networks several a line) an address may have written. */
const mostConversations = 50;

/** The conversations of an address, as its network writes it, on all of the tenant's lines. */
export async function conversationsOf(
  { store, tenant }: LedgerReading,
  address: NativeAddress,
): Promise<ConversationId[]> {
  const found = await Promise.all(
    [...tenant.lines.keys()].map(async (line) =>
      store.find(tenant.id, addresses, {
        index: 'byContact',
        equals: [contactOf(tenant.id, line, { id: address })],
      }),
    ),
  );
  const own = found.flat().filter(({ value }) => value.nativeId === address);
  return [...new Set(own.map(({ value }) => value.conversation))].slice(0, mostConversations);
}
