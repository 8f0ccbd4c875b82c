import type { ConversationId, LegKey, MessageId, NativeMessageId, TenantId } from '../platform/ids.ts';
import { as } from '../platform/ids.ts';
import { defineCollection, put, type Store, type Write } from '../store/store.ts';

/** Our name of a message beside the name that one leg's network gave it; replies, edits, reactions and receipts are translated by it. */
export interface MessageLink {
  readonly leg: LegKey;
  readonly nativeId: string;
  readonly messageId: MessageId;
  readonly at: number;
}

export const messageLinks = defineCollection<MessageLink>('message-links', {
  byMessage: ['leg', 'messageId', 'at'],
  byNative: ['nativeId'],
  byAge: ['at'],
});

/** The Matrix room's leg of a conversation. */
export function roomLeg(conversation: ConversationId): LegKey {
  return as(`room:${conversation}`);
}

/** The customer's leg of a conversation: the line and address that it is pinned to. */
export function lineLeg(conversation: ConversationId): LegKey {
  return as(`line:${conversation}`);
}

/** What the conversation's service asks servers for; nothing of it is shown to anybody. */
export function serviceLeg(conversation: ConversationId): LegKey {
  return as(`service:${conversation}`);
}

/** The same while the customer waits in a queue. */
export function waitingLeg(conversation: ConversationId): LegKey {
  return as(`service-waiting:${conversation}`);
}

function linkId(leg: LegKey, nativeId: string): string {
  return `${leg}|${nativeId}`;
}

/** Written with the event that brought the message, or with the success of the delivery that took it there. */
export function linkMessage(leg: LegKey, nativeId: string, messageId: MessageId, at: number): Write {
  const link: MessageLink = { leg, nativeId, messageId, at };
  return put(messageLinks, linkId(leg, nativeId), link, 'any');
}

export async function messageOfNative(
  store: Store,
  tenant: TenantId,
  leg: LegKey,
  nativeId: string,
): Promise<MessageId | undefined> {
  return (await store.get(tenant, messageLinks, linkId(leg, nativeId)))?.value.messageId;
}

/** The native ids of a message on a leg, first part first; empty where it never got there. */
export async function nativesOfMessage(
  store: Store,
  tenant: TenantId,
  leg: LegKey,
  messageId: MessageId,
): Promise<NativeMessageId[]> {
  const links = await store.find(tenant, messageLinks, { index: 'byMessage', equals: [leg, messageId] });
  return links.map((link) => as<NativeMessageId>(link.value.nativeId));
}
