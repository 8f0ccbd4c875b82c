import { as, type ConversationId } from '../../platform/ids.ts';
import { deliveries, nativeRecordId, nativeRecords } from '../../delivery/collections.ts';
import { messageLinks, messageOfNative, roomLeg } from '../../delivery/message-links.ts';
import type { ConversationOperation } from '../conversation-event.ts';
import { lineEntryId, roomEntryId } from '../entry-ids.ts';
import type { LedgerFacts } from './ledger-facts.ts';
import { keptBack } from './kept-back.ts';
import { keptBackFacts, readMessage, undecidedFacts, type LedgerReading } from './read-ledger.ts';

/** How many messages of a tenant may bear one native id: each line has names of its own. */
const sameName = 20;

/** A message by its event in a conversation's room; of one of Switchboard's notices, the message that the notice is about. */
export async function findInRoom(
  reading: LedgerReading,
  conversation: ConversationId,
  eventId: string,
): Promise<LedgerFacts | undefined> {
  const { store, tenant } = reading;
  const id = await messageOfNative(store, tenant.id, roomLeg(conversation), eventId);
  if (id !== undefined) return readMessage(reading, id);
  const rest = (await findKeptBack(reading, eventId)) ?? (await findUndecided(reading, eventId));
  if (rest !== undefined) return rest.conversation === conversation ? rest : undefined;
  const about = await noticeIsAbout(reading, conversation, eventId);
  if (about === undefined || about === eventId) return undefined;
  return about.startsWith('$') ? findInRoom(reading, conversation, about) : readMessage(reading, as(about));
}

/** Messages of the tenant that bear an id of a network, or are an event. */
export async function findByNative(reading: LedgerReading, nativeId: string): Promise<LedgerFacts[]> {
  const { store, tenant } = reading;
  const links = await store.find(tenant.id, messageLinks, {
    index: 'byNative',
    equals: [nativeId],
    limit: sameName,
  });
  const ids = new Set(links.map(({ value }) => value.messageId));
  const found = await Promise.all([...ids].map(async (id) => readMessage(reading, id)));
  const facts = found.flatMap((each) => each ?? []);
  if (facts.length > 0) return facts;
  const rest = (await findKeptBack(reading, nativeId)) ?? (await findUndecided(reading, nativeId));
  return rest === undefined ? [] : [rest];
}

async function findKeptBack(reading: LedgerReading, nativeId: string): Promise<LedgerFacts | undefined> {
  const { store, tenant } = reading;
  const [found] = await store.find(tenant.id, keptBack, {
    index: 'byNative',
    equals: [nativeId],
    limit: 1,
  });
  return found === undefined ? undefined : keptBackFacts(reading, found);
}

async function findUndecided(reading: LedgerReading, nativeId: string): Promise<LedgerFacts | undefined> {
  const { tenant } = reading;
  const entries = nativeId.startsWith('$')
    ? [roomEntryId(tenant.homeserver, nativeId)]
    : [...tenant.lines.keys()].map((line) => lineEntryId(line, 'message', nativeId));
  for (const entry of entries) {
    const found = await undecidedFacts(reading, entry, nativeId);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function noticeIsAbout(
  { store, tenant }: LedgerReading,
  conversation: ConversationId,
  eventId: string,
): Promise<string | undefined> {
  const native = await store.get(tenant.id, nativeRecords, nativeRecordId(roomLeg(conversation), eventId));
  const id = native?.value.delivery;
  const delivery = id === undefined ? undefined : await store.get(tenant.id, deliveries, id);
  if (delivery === undefined) return undefined;
  const { on, operation } = delivery.value.operation as ConversationOperation;
  return on === 'room' && operation.kind === 'notice' ? operation.about : undefined;
}
