import {
  type AgentId,
  type ContactId,
  type ConversationId,
  type LegKey,
  type LineId,
  type MessageId,
  type QueueId,
  type ServiceId,
  type TenantId,
} from '../platform/ids.ts';
import { findChannelModule } from '../channels/registry.ts';
import type { Reader } from '../delivery/claimed-records.ts';
import { deliveries } from '../delivery/collections.ts';
import type { InboxEntry } from '../delivery/delivery.ts';
import { lineLeg, messageOfNative, nativesOfMessage, roomLeg } from '../delivery/message-links.ts';
import { receiptEffect, type ReceiptEffect } from '../delivery/receipts.ts';
import { agentWork } from '../directory/agent-work.ts';
import { addresses, contactOf, contacts, conversations } from '../directory/contact.ts';
import type { Directory } from '../directory/directory.ts';
import type { LineSettings, Tenant } from '../directory/tenant.ts';
import { serviceNamed } from '../directory/service-named.ts';
import type { MediaReference, Message } from '../message/message.ts';
import { queueEntries } from '../queues/queue-entry.ts';
import { readEntries } from '../queues/queue-members.ts';
import type { Collection, Store } from '../store/store.ts';
import type { CommandInput } from './commands/command.ts';
import type { ConversationEvent } from './conversation-event.ts';
import { readSaid } from './endpoints/said-so-far.ts';
import type { ConversationState, ConvertedEvent, KnownMessage } from './conversation-state.ts';
import { goneLine, goneLineCapabilities } from './gone-line.ts';
import { askedAbout } from './ledger/asked-about.ts';
import { messageRecords } from './message-record.ts';
import { readRoutingFacts } from './routing-facts.ts';
import { connectedAgents, sessions, type SessionRecord } from './session.ts';
import { undelivered } from './undelivered.ts';

/** What only the decisions of its conversation write. A contact is not: it may have other conversations. */
export const ownedByConversation = [
  conversations,
  addresses,
  sessions,
] as unknown as readonly Collection<never>[];

export interface LoadOptions {
  readonly store: Store;
  readonly directory: Directory;
  readonly signedLink: (tenant: TenantId, media: MediaReference) => string;
  readonly now: () => number;
  /** Whether somebody wants to be told of what happens to the tenant. Default: nobody. */
  readonly recordsEvents?: (tenant: TenantId) => boolean;
}

/** Reads what a decision about an entry may look at, but for the agents' work. `read`: for {@link ownedByConversation}. */
export async function loadConversation(
  options: LoadOptions,
  read: Reader,
  tenantId: TenantId,
  entry: InboxEntry<ConversationEvent>,
  event: ConvertedEvent,
): Promise<ConversationState> {
  const { store, directory } = options;
  const tenant = directory.tenant(tenantId);
  if (tenant === undefined) throw new Error(`tenant ${tenantId} is no longer declared`);
  const conversation = await read.get(tenantId, conversations, entry.key);
  const open = conversation?.value.openSession;
  const contactId = conversation?.value.contact ?? contactBehind(tenant, event);
  const [address, contact, session] = await Promise.all([
    conversation && read.get(tenantId, addresses, conversation.value.address),
    contactId && store.get(tenantId, contacts, contactId),
    open === undefined ? undefined : read.get(tenantId, sessions, open),
  ]);
  const declared = lineOf(
    tenant,
    event.type === 'channel' ? event.line : conversation?.value.line,
    address?.value.channel,
  );
  const service = session?.value.service ?? namedService(tenant, event) ?? conversation?.value.service;
  const line = towards(tenant, declared, service ?? declared.service);
  const isGone = !tenant.lines.has(line.id);
  const module = findChannelModule(line.channel);
  if (module === undefined) throw new Error(`line ${line.id}: no network is called ${line.channel}`);
  return {
    now: options.now(),
    acceptedAt: entry.acceptedAt,
    tenant,
    id: entry.key,
    line,
    networkTitle: module.title,
    lineIsGone: isGone,
    capabilities: isGone ? goneLineCapabilities : module.capabilities(line.parameters),
    conversation,
    address,
    contact,
    session,
    queueEntry:
      session?.value.state === 'waiting' || session?.value.state === 'offered'
        ? await store.get(tenantId, queueEntries, session.id)
        : undefined,
    work: new Map(),
    referred: await referredMessages(store, tenantId, entry.key, event),
    receipt: await receiptOf(store, tenantId, entry, event),
    undelivered: isCommand(event, 'retry')
      ? await undelivered(store, tenantId, entry.key, session?.value)
      : [],
    asked: isCommand(event, 'why')
      ? await askedAbout({ store, tenant }, entry.key, event.type === 'room' ? event.input : {})
      : undefined,
    ...(await saidFor(store, tenant, entry.key, open, event)),
    ...(await waitsFor(store, tenantId, session?.value, event)),
    signedLink: (media) => options.signedLink(tenantId, media),
    recordsEvents: options.recordsEvents?.(tenantId) ?? false,
    roomId: entry.event.type === 'room' ? entry.event.event.room_id : undefined,
  };
}

/** Known already where they wrote to another name of the tenant on the same line. */
function contactBehind(tenant: Tenant, event: ConvertedEvent): ContactId | undefined {
  return event.type === 'channel' ? contactOf(tenant.id, event.line, event.event.from) : undefined;
}

/** `channel`: where the line was declared once; without it nothing is known of the conversation either. */
function lineOf(
  tenant: Tenant,
  id: LineId | undefined,
  channel: string | undefined,
): ConversationState['line'] {
  if (id === undefined) throw new Error('the conversation does not exist');
  const line = tenant.lines.get(id);
  if (line !== undefined) return line;
  if (channel === undefined) throw new Error(`tenant ${tenant.id}: line ${id} is no longer declared`);
  return goneLine(tenant, id, channel);
}

/** Sessions of somebody who wants a certain service go to its queue. */
function towards(tenant: Tenant, line: LineSettings, service: ServiceId | undefined): LineSettings {
  const wanted = service === undefined ? undefined : tenant.services?.get(service);
  const queue = wanted?.queue;
  return queue === undefined || !tenant.queues.has(queue) ? line : { ...line, queue };
}

/** By whom the customer was handed over, or by the name that they wrote to. */
function namedService(tenant: Tenant, event: ConvertedEvent): ServiceId | undefined {
  if (event.type !== 'channel') return undefined;
  return event.service ?? serviceNamed(tenant, event.event.kind === 'message' ? event.event.to : undefined);
}

/** The same with the work of one agent more. */
export async function withAgentWork(
  store: Store,
  state: ConversationState,
  agent: AgentId,
): Promise<ConversationState> {
  const read = await store.get(state.tenant.id, agentWork, agent);
  return { ...state, work: new Map([...state.work, [agent, read]]) };
}

/** The same with the size of one queue more. */
export async function withQueueSize(
  store: Store,
  state: ConversationState,
  queue: QueueId,
): Promise<ConversationState> {
  const size = (await readEntries(store, state.tenant.id, queue)).length;
  return { ...state, queueSizes: new Map([...(state.queueSizes ?? []), [queue, size]]) };
}

/** The same with what brings sessions into queues. */
export async function withRoutingFacts(store: Store, state: ConversationState): Promise<ConversationState> {
  const { tenant, session, now } = state;
  return { ...state, routingFacts: await readRoutingFacts(store, tenant, session?.value, now) };
}

async function referredMessages(
  store: Store,
  tenant: TenantId,
  conversation: ConversationId,
  event: ConvertedEvent,
): Promise<ReadonlyMap<string, KnownMessage>> {
  const [leg, nativeIds] = referencesOf(conversation, event);
  const known = new Map<string, KnownMessage>();
  for (const nativeId of nativeIds) {
    const id = await messageOfNative(store, tenant, leg, nativeId);
    const message = id === undefined ? undefined : await knownMessage(store, tenant, conversation, id);
    if (message !== undefined) known.set(nativeId, message);
  }
  return known;
}

function referencesOf(conversation: ConversationId, event: ConvertedEvent): [LegKey, string[]] {
  if (event.type === 'channel')
    return [lineLeg(conversation), event.event.kind === 'message' ? references(event.event.message) : []];
  if (event.type === 'endpoint') {
    const { word, part } = event;
    const replyTo = word.what === 'command' && word.replyTo !== undefined ? [word.replyTo] : [];
    return [lineLeg(part.key), word.what === 'message' ? references(word.message) : replyTo];
  }
  return [roomLeg(conversation), event.type === 'room' ? roomReferences(event) : []];
}

/** What is told to somebody who is asked, or takes the session, outside Matrix. */
async function saidFor(
  store: Store,
  tenant: Tenant,
  conversation: ConversationId,
  session: string | undefined,
  event: ConvertedEvent,
): Promise<Pick<ConversationState, 'said'>> {
  const isAsked =
    event.type === 'queue' &&
    event.news.what === 'offer' &&
    tenant.agents.get(event.news.agent)?.addresses !== undefined;
  const takes = event.type === 'endpoint' && event.word.what === 'answer' && event.word.accepts;
  if (session === undefined || (!isAsked && !takes)) return {};
  return { said: await readSaid(store, tenant.id, conversation, session) };
}

/** The oldest that is still to go out to an agent outside Matrix. */
async function waitsFor(
  store: Store,
  tenant: TenantId,
  session: SessionRecord | undefined,
  event: ConvertedEvent,
): Promise<Pick<ConversationState, 'waitsSince'>> {
  if (session === undefined || event.type !== 'timer' || event.timer.name !== 'endpoint-silent') return {};
  const { agent } = event.timer;
  const part = connectedAgents(session).find((leg) => leg.agent === agent)?.endpoint;
  if (part === undefined) return {};
  const [first] = await store.find(tenant, deliveries, {
    index: 'byKey',
    equals: [lineLeg(part.key), true],
    limit: 1,
  });
  return first === undefined ? {} : { waitsSince: first.value.createdAt };
}

async function knownMessage(
  store: Store,
  tenant: TenantId,
  conversation: ConversationId,
  id: MessageId,
): Promise<KnownMessage | undefined> {
  const record = await store.get(tenant, messageRecords, id);
  if (record === undefined) return undefined;
  const natives = await nativesOfMessage(store, tenant, lineLeg(conversation), id);
  return { id, record: record.value, parts: natives.length };
}

function references({ replyTo, edits, retracts, reactsTo }: Message): string[] {
  return [replyTo, edits, retracts, reactsTo].flatMap((reference) =>
    reference === undefined ? [] : [reference.id],
  );
}

function roomReferences({ input }: Extract<ConvertedEvent, { type: 'room' }>): string[] {
  if (input.kind === 'message')
    return [...references(input.message), ...(input.thread === undefined ? [] : [input.thread])];
  return input.kind === 'command' && input.replyTo !== undefined ? [input.replyTo] : [];
}

async function receiptOf(
  store: Store,
  tenant: TenantId,
  { key: conversation, acceptedAt }: InboxEntry<ConversationEvent>,
  event: ConvertedEvent,
): Promise<ReceiptEffect> {
  if (event.type !== 'channel' || event.event.kind !== 'receipt') return { writes: [], moved: [] };
  const { target, delivery, status, andEarlier, reason } = event.event;
  return receiptEffect(store, tenant, {
    leg: lineLeg(conversation),
    nativeId: target,
    status,
    at: acceptedAt,
    ...(delivery === undefined ? {} : { delivery }),
    ...(andEarlier === undefined ? {} : { andEarlier }),
    ...(reason === undefined ? {} : { reason }),
  });
}

function isCommand(
  event: ConvertedEvent,
  name: string,
): event is
  { readonly type: 'room'; readonly input: CommandInput } | Extract<ConvertedEvent, { type: 'endpoint' }> {
  if (event.type === 'endpoint') return event.word.what === 'command' && event.word.name === name;
  return event.type === 'room' && event.input.kind === 'command' && event.input.name === name;
}
