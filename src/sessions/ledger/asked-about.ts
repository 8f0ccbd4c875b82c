import type { ConversationId, MessageId } from '../../platform/ids.ts';
import { deliveries } from '../../delivery/collections.ts';
import { lineLeg, roomLeg } from '../../delivery/message-links.ts';
import type { Stored } from '../../store/store.ts';
import type { CommandInput } from '../commands/command.ts';
import { findInRoom } from './find-by-native.ts';
import { keptBack, type KeptBackRecord } from './kept-back.ts';
import type { LedgerFacts } from './ledger-facts.ts';
import { keptBackFacts, readMessage, type LedgerReading } from './read-ledger.ts';

/** The message that an agent asks about: the one replied to, else the one at which the thread begins, else the last. */
export async function askedAbout(
  reading: LedgerReading,
  conversation: ConversationId,
  { replyTo, thread }: Pick<CommandInput, 'replyTo' | 'thread'>,
): Promise<LedgerFacts | undefined> {
  const named = replyTo ?? thread;
  return named === undefined ? lastMessage(reading, conversation) : findInRoom(reading, conversation, named);
}

/** Of each kind of record, the newest that are looked through: commands and notices come between. */
const looked = 30;

/**
 * The last thing that a person said, as far as one can tell from the deliveries, whose index is there anyway (one over the messages
 * would cost memory for each); where nobody did, the last that Switchboard said.
 */
async function lastMessage(
  reading: LedgerReading,
  conversation: ConversationId,
): Promise<LedgerFacts | undefined> {
  const [sent, kept] = await Promise.all([
    lastSent(reading, conversation),
    lastKeptBack(reading, conversation),
  ]);
  if (sent === undefined || kept === undefined)
    return sent ?? (kept === undefined ? undefined : keptBackFacts(reading, kept));
  const isNewer = kept.value.acceptedAt > sent.acceptedAt || sent.author.kind === 'system';
  return isNewer ? keptBackFacts(reading, kept) : sent;
}

async function lastSent(
  reading: LedgerReading,
  conversation: ConversationId,
): Promise<LedgerFacts | undefined> {
  const { store, tenant } = reading;
  const pages = await Promise.all(
    [lineLeg(conversation), roomLeg(conversation)].flatMap((leg) =>
      [true, false].map(async (queued) =>
        store.find(tenant.id, deliveries, {
          index: 'byKey',
          equals: [leg, queued],
          descending: true,
          limit: looked,
        }),
      ),
    ),
  );
  const newestFirst = pages.flat().sort((a, b) => b.value.sequence - a.value.sequence);
  const ids = new Set<MessageId>(newestFirst.flatMap(({ value }) => value.messageId ?? []));
  let bySystem: LedgerFacts | undefined;
  for (const id of ids) {
    const facts = await readMessage(reading, id);
    if (facts !== undefined && facts.author.kind !== 'system') return facts;
    bySystem ??= facts;
  }
  return bySystem;
}

async function lastKeptBack(
  { store, tenant }: LedgerReading,
  conversation: ConversationId,
): Promise<Stored<KeptBackRecord> | undefined> {
  const page = await store.find(tenant.id, keptBack, {
    index: 'byConversation',
    equals: [conversation],
    descending: true,
    limit: looked,
  });
  return page.find(({ value }) => value.because !== 'command' && value.because !== 'note');
}
