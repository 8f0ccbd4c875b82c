import {
  as,
  type ConversationId,
  type InboxEntryId,
  type LineId,
  type MessageId,
} from '../../platform/ids.ts';
import { findChannelModule } from '../../channels/registry.ts';
import { inboxEntries, quarantinedEntries } from '../../delivery/collections.ts';
import { lineLeg, nativesOfMessage, roomLeg } from '../../delivery/message-links.ts';
import { allTries } from '../../delivery/retry-of.ts';
import { conversations } from '../../directory/contact.ts';
import type { Tenant } from '../../directory/tenant.ts';
import type { Message } from '../../message/message.ts';
import type { Store, Stored } from '../../store/store.ts';
import type { ConversationEvent } from '../conversation-event.ts';
import { messageRecords, type MessageRecord } from '../message-record.ts';
import { keptBack, type KeptBackRecord } from './kept-back.ts';
import type { Author, LedgerFacts, MessageFacts, Tried } from './ledger-facts.ts';

/** Reads the ledger of one tenant; nothing of another's is ever found. */
export interface LedgerReading {
  readonly store: Store;
  readonly tenant: Tenant;
}

/** By our own id, whatever became of the message; undefined where there is none. */
export async function readMessage(reading: LedgerReading, id: MessageId): Promise<LedgerFacts | undefined> {
  const { store, tenant } = reading;
  const message = await store.get(tenant.id, messageRecords, id);
  if (message !== undefined) return relayedFacts(reading, message);
  const kept = await store.get(tenant.id, keptBack, id);
  return kept === undefined ? undefined : keptBackFacts(reading, kept);
}

export async function relayedFacts(
  reading: LedgerReading,
  { id, value }: Stored<MessageRecord>,
): Promise<LedgerFacts | undefined> {
  const { store, tenant } = reading;
  const { conversation, author, message, at, way } = value;
  const [line, natives, tries] = await Promise.all([
    lineOf(reading, conversation),
    author.kind === 'system'
      ? []
      : nativesOfMessage(
          store,
          tenant.id,
          author.kind === 'customer' ? lineLeg(conversation) : roomLeg(conversation),
          as<MessageId>(id),
        ),
    Promise.all((way?.deliveries ?? []).map(async (delivery) => allTries(store, tenant.id, delivery))),
  ]);
  if (line === undefined) return undefined;
  const [nativeId] = natives;
  return {
    ...line,
    message: as<MessageId>(id),
    conversation,
    author: author.kind === 'agent' ? { kind: 'agent', user: author.user } : author,
    kind: kindOf(message),
    ...(nativeId === undefined ? {} : { nativeId }),
    acceptedAt: way?.accepted ?? at,
    fate: 'relayed',
    decidedAt: way?.decided ?? at,
    tries: tries.filter((each) => each.length > 0).map((each) => each.map(({ value: one }) => one as Tried)),
    // Messages of before the ledger do not say which deliveries they had.
    forgotten: way === undefined || tries.some((each) => each.length === 0),
  };
}

export async function keptBackFacts(
  reading: LedgerReading,
  { id, value }: Stored<KeptBackRecord>,
): Promise<LedgerFacts | undefined> {
  const { conversation, user, nativeId, because, acceptedAt, decidedAt } = value;
  const line = await lineOf(reading, conversation);
  if (line === undefined) return undefined;
  const author: Author = user === undefined ? { kind: 'customer' } : { kind: 'agent', user };
  const about = { message: as<MessageId>(id), conversation, author, nativeId, acceptedAt };
  return { ...line, ...about, fate: 'keptBack', decidedAt, because };
}

/** What is accepted and not decided: it waits for its turn, or in quarantine, where it may have been put back from before. */
export async function undecidedFacts(
  reading: LedgerReading,
  entry: InboxEntryId,
  nativeId: string,
): Promise<LedgerFacts | undefined> {
  const { store, tenant } = reading;
  for (let putBack = 0; putBack <= longestPutBack; putBack += 1) {
    const id = as<InboxEntryId>(putBack === 0 ? entry : `${entry}~${String(putBack)}`);
    const [waiting, aside] = await Promise.all([
      store.get(tenant.id, inboxEntries, id),
      store.get(tenant.id, quarantinedEntries, id),
    ]);
    const found = waiting?.value ?? aside?.value;
    if (found === undefined) continue;
    const event = found.event as ConversationEvent;
    const line = event.type === 'channel' ? lineNamed(tenant, event.line) : await lineOf(reading, found.key);
    if (line === undefined) return undefined;
    const author: Author =
      event.type === 'room' ? { kind: 'agent', user: event.event.sender } : { kind: 'customer' };
    const facts = { ...line, author, nativeId, conversation: found.key, acceptedAt: found.acceptedAt };
    return aside === undefined
      ? { ...facts, fate: 'waiting' }
      : { ...facts, fate: 'setAside', setAsideAt: aside.value.quarantinedAt };
  }
  return undefined;
}

/** An entry that was put back more often than this is somebody's experiment. */
const longestPutBack = 5;

async function lineOf(
  { store, tenant }: LedgerReading,
  conversation: ConversationId,
): Promise<Pick<MessageFacts, 'line' | 'network'> | undefined> {
  const record = await store.get(tenant.id, conversations, conversation);
  return record === undefined ? undefined : lineNamed(tenant, record.value.line);
}

function lineNamed(tenant: Tenant, line: LineId): Pick<MessageFacts, 'line' | 'network'> {
  const channel = tenant.lines.get(line)?.channel;
  const module = channel === undefined ? undefined : findChannelModule(channel);
  return { line, network: module?.title ?? 'the network' };
}

/** What a message is, in one word. */
export function kindOf({ content, edits, retracts, reactsTo }: Message): string {
  if (retracts !== undefined) return 'retraction';
  if (reactsTo !== undefined) return 'reaction';
  return edits === undefined ? (content?.kind ?? 'empty') : 'edit';
}
