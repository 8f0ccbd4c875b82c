import { derivedId } from '../platform/derived-id.ts';
import {
  as,
  type AgentId,
  type ConversationId,
  type DeliveryId,
  type InboxEntryId,
  type MessageId,
  type QueueId,
} from '../platform/ids.ts';
import type { Decision, NewDelivery, NewEntry, TimerChange } from '../delivery/delivery.ts';
import { lineLeg, linkMessage, roomLeg, serviceLeg } from '../delivery/message-links.ts';
import { agentWork, freshWork, type AgentWork } from '../directory/agent-work.ts';
import {
  addresses,
  contacts,
  conversations,
  type AddressRecord,
  type ContactRecord,
  type ConversationRecord,
} from '../directory/contact.ts';
import type { RoomOperation } from '../matrix/room-operation.ts';
import { queueEntries, type QueueEntry } from '../queues/queue-entry.ts';
import { put, remove, type Collection, type Stored, type Write } from '../store/store.ts';
import { AgentWorkWanted, QueueSizeWanted, type ConversationState } from './conversation-state.ts';
import {
  routingKey,
  type ConversationEvent,
  type ConversationOperation,
  type ConversationTimer,
  type LineOperation,
  type RoutingEvent,
  type ServiceOperation,
} from './conversation-event.ts';
import { nextLookAt } from './queue-place.ts';
import { deskOf } from './desk/desk.ts';
import { eventsKey, type Happening } from './events/happening.ts';
import { happeningsOf, type MoveCause, type Told } from './events/happenings-of.ts';
import { keptBack, type KeptBackRecord } from './ledger/kept-back.ts';
import { messageRecords, type MessageRecord } from './message-record.ts';
import { RoutingFactsWanted, type RoutingFacts } from './routing-facts.ts';
import { sessions, type EndpointPart, type SessionRecord } from './session.ts';

/**
 * What one decision has come to so far: the state as it will be, and what is to go out. Starts from what was read and ends as
 * one {@link Decision}. Does no I/O; the same entry and state give the same draft, ids included.
 */
export class Draft {
  readonly state: ConversationState;
  /** What the customer said, where that is decided about. */
  heard: string | undefined;
  /** What the customer wrote that opens a session in this decision. */
  firstText: string | undefined;
  /** Why the session goes to another queue or agent in this decision, where no instruction says so. */
  movedBy: MoveCause | undefined;
  readonly #entry: InboxEntryId;
  readonly #writes: Write[] = [];
  readonly #deliveries: NewDelivery<ConversationOperation>[] = [];
  readonly #timers: TimerChange<ConversationEvent>[] = [];
  readonly #messages = new Map<MessageId, MessageRecord>();
  readonly #work = new Map<AgentId, AgentWork>();
  readonly #entries = new Map<string, NewEntry<ConversationEvent>>();
  readonly #told: Told[] = [];
  #queueEntry: QueueEntry | undefined;
  #conversation: ConversationRecord | undefined;
  #contact: ContactRecord | undefined;
  #address: AddressRecord | undefined;
  #session: SessionRecord | undefined;

  constructor(state: ConversationState, entry: InboxEntryId) {
    this.state = state;
    this.#entry = entry;
    this.#conversation = state.conversation?.value;
    this.#contact = state.contact?.value;
    this.#address = state.address?.value;
    this.#session = state.session?.value;
    this.#queueEntry = state.queueEntry?.value;
  }

  get conversationId(): ConversationId {
    return this.state.id;
  }
  get conversation(): ConversationRecord {
    return present(this.#conversation, 'conversation');
  }
  set conversation(record: ConversationRecord) {
    this.#conversation = record;
  }
  get contact(): ContactRecord {
    return present(this.#contact, 'contact');
  }
  set contact(record: ContactRecord) {
    this.#contact = record;
  }
  get address(): AddressRecord {
    return present(this.#address, 'address');
  }
  set address(record: AddressRecord) {
    this.#address = record;
  }
  /** The open session, if there is one. */
  get openSession(): SessionRecord | undefined {
    return this.#session?.state === 'closed' ? undefined : this.#session;
  }
  get session(): SessionRecord {
    return present(this.openSession, 'open session');
  }
  changeSession(change: Partial<SessionRecord>): void {
    this.#session = { ...this.session, ...change };
  }
  beginSession(record: SessionRecord): void {
    this.#session = record;
  }

  /** How many wait there, those included that are offered to an agent. */
  queueSize(queue: QueueId): number {
    const size = this.state.queueSizes?.get(queue);
    if (size === undefined) throw new QueueSizeWanted(queue);
    return size;
  }

  workOf(agent: AgentId): AgentWork {
    const { work, tenant } = this.state;
    if (!work.has(agent)) throw new AgentWorkWanted(agent);
    return this.#work.get(agent) ?? work.get(agent)?.value ?? freshWork(tenant.availability);
  }
  changeWork(agent: AgentId, change: (work: AgentWork) => AgentWork): void {
    this.#work.set(agent, change(this.workOf(agent)));
  }

  /** Where the open session stands in a queue; undefined where it does not. */
  get queueEntry(): QueueEntry | undefined {
    return this.#queueEntry;
  }
  set queueEntry(entry: QueueEntry | undefined) {
    this.#queueEntry = entry;
  }

  routingFacts(): RoutingFacts {
    const { routingFacts } = this.state;
    if (routingFacts === undefined) throw new RoutingFactsWanted();
    return routingFacts;
  }

  /** Tells the tenant's routing that something may be different now, once. */
  routeAnew(): void {
    this.toRouting({ type: 'route' });
  }
  /** Sees to it that the places of those who wait are looked at soon. */
  lookAtPlaces(): void {
    const dueAt = nextLookAt(this.state.now);
    this.#timers.push({ set: 'places', key: routingKey, dueAt, event: { type: 'places' } });
  }
  toRouting(event: RoutingEvent): void {
    const id = this.derive<InboxEntryId>(`routing ${JSON.stringify(event)}`);
    this.#entries.set(id, { id, key: routingKey, event });
  }

  /** Something that integrators are told of, and that cannot be seen by comparing what was with what is. */
  happened(told: Told): void {
    this.#told.push(told);
  }

  /** An id of ours for something that this entry brings about; `what` tells several apart. */
  derive<Id extends string>(what: string): Id {
    return derivedId<Id>(what, this.state.tenant.id, this.state.id, this.#entry);
  }

  keepMessage(id: MessageId, record: MessageRecord): void {
    this.#messages.set(id, record);
  }
  /** Something that was said goes no further; the ledger keeps that it was said, never what. */
  keepBack(said: Pick<KeptBackRecord, 'nativeId' | 'because' | 'at' | 'user'>): void {
    const { id: conversation, acceptedAt, now: decidedAt } = this.state;
    const record: KeptBackRecord = { ...said, conversation, acceptedAt, decidedAt };
    this.#writes.push(put(keptBack, this.derive<MessageId>('message'), record, 'any'));
  }
  linkOnLine(nativeId: string, message: MessageId): void {
    this.#writes.push(linkMessage(lineLeg(this.state.id), nativeId, message, this.state.now));
  }
  linkAtEndpoint({ key }: EndpointPart, nativeId: string, message: MessageId): void {
    this.#writes.push(linkMessage(lineLeg(key), nativeId, message, this.state.now));
  }
  /** Something for another key, once. */
  passOn(entry: NewEntry<ConversationEvent>): void {
    this.#entries.set(entry.id, entry);
  }
  linkInRoom(eventId: string, message: MessageId): void {
    this.#writes.push(linkMessage(roomLeg(this.state.id), eventId, message, this.state.now));
  }
  write(...writes: readonly Write[]): void {
    this.#writes.push(...writes);
  }

  toRoom(operation: RoomOperation, tell: 'always' | 'failure' | 'never' = 'failure'): void {
    this.#deliver(roomLeg(this.state.id), { on: 'room', operation }, tell, messageOf(operation));
  }
  toLine(operation: LineOperation, messageId?: MessageId): void {
    if (operation.kind === 'session' && this.state.lineIsGone) return;
    const tell = operation.kind === 'session' ? 'never' : 'always';
    this.#deliver(lineLeg(this.state.id), { on: 'line', operation }, tell, messageId);
  }
  /** To an agent's endpoint outside Matrix, behind whatever goes there already. */
  toEndpoint(
    { key }: EndpointPart,
    operation: LineOperation,
    tell: 'always' | 'failure',
    messageId?: MessageId,
  ): void {
    this.#deliver(lineLeg(key), { on: 'line', operation }, tell, messageId, key);
  }
  /** Asked outside of the decision, in order; the answer comes as an event. */
  toService(operation: ServiceOperation, leg = serviceLeg(this.state.id)): void {
    this.#deliver(leg, { on: 'service', operation }, 'never', undefined);
  }
  /** To a room of the agent's own, which is made when it is needed first. */
  toDesk(agent: AgentId, operation: RoomOperation, tell: 'always' | 'never' = 'never'): void {
    if (!this.state.tenant.agents.has(agent)) return;
    const desk = deskOf(agent);
    this.#deliver(roomLeg(desk), { on: 'room', operation }, tell, messageOf(operation), desk);
  }
  /** Who has left their desk is invited to it again: they need it. */
  callToDesk(agent: AgentId): void {
    if (!this.state.tenant.agents.has(agent)) return;
    const id = this.derive<InboxEntryId>(`desk again ${agent}`);
    this.#entries.set(id, { id, key: deskOf(agent), event: { type: 'desk', again: true } });
  }
  redeliver(delivery: NewDelivery<ConversationOperation>): void {
    this.#deliveries.push(delivery);
  }

  setTimer(timer: ConversationTimer, dueAt: number): void {
    this.#timers.push({ set: timerName(timer), key: this.state.id, dueAt, event: { type: 'timer', timer } });
  }
  cancelTimer(timer: TimerToName): void {
    this.#timers.push({ cancel: timerName(timer), key: this.state.id });
  }

  decision(): Decision<ConversationEvent, ConversationOperation> {
    const { state } = this;
    const writes = [...this.#writes, ...this.#messageWrites()];
    const keep = <T extends object>(
      collection: Collection<T>,
      id: string,
      read: Stored<T> | undefined,
      now: T | undefined,
    ): void => {
      if (now !== undefined && now !== read?.value)
        writes.push(put(collection, id, now, read?.version ?? 'absent'));
    };
    keep(conversations, state.id, state.conversation, this.#conversation);
    if (this.#conversation !== undefined) {
      keep(contacts, this.#conversation.contact, state.contact, this.#contact);
      keep(addresses, this.#conversation.address, state.address, this.#address);
    }
    if (this.#session !== undefined) {
      const read = state.session?.value.id === this.#session.id ? state.session : undefined;
      keep(sessions, this.#session.id, read, this.#session);
    }
    for (const [agent, work] of this.#work) keep(agentWork, agent, state.work.get(agent), work);
    writes.push(...this.#queueWrites());
    if (state.recordsEvents) {
      this.#lookAtThresholds();
      this.#recordHappenings();
    }
    return {
      writes,
      deliveries: this.#deliveries,
      timers: this.#timers,
      entries: [...this.#entries.values()],
    };
  }

  #recordHappenings(): void {
    const { id: conversation, session: read, line, networkTitle: network, now: at } = this.state;
    const compared = happeningsOf({
      before: read?.value,
      after: this.#session,
      messages: this.#messages,
      line: line.id,
      network,
      ...(this.movedBy === undefined ? {} : { movedBy: this.movedBy }),
    });
    const session = this.#session === undefined ? {} : { session: this.#session.id };
    const happenings = [...compared, ...this.#told].map((told, index): Happening => {
      const id = this.derive<string>(`happening ${String(index)}`);
      // What happens to agents is in an order of its own, whichever conversation brought it about.
      const of = told.type === 'agent.availability' ? {} : { conversation, ...session };
      return { id, ...told, at, ...of };
    });
    if (happenings.length === 0) return;
    const id = this.derive<InboxEntryId>('happenings');
    this.#entries.set(id, { id, key: eventsKey, event: { type: 'happened', happenings } });
  }

  /** One more waits in a queue, or one less. */
  #lookAtThresholds(): void {
    const { queueEntry: read, tenant } = this.state;
    const before = read?.value.queue;
    const after = this.#queueEntry?.queue;
    if (before === after) return;
    const isWatched = [before, after].some(
      (queue) => queue !== undefined && tenant.queues.get(queue)?.thresholds !== undefined,
    );
    if (isWatched) this.toRouting({ type: 'thresholds' });
  }

  #queueWrites(): Write[] {
    const read = this.state.queueEntry;
    const id = this.#session?.id;
    if (id === undefined || this.#queueEntry === read?.value) return [];
    if (this.#queueEntry !== undefined)
      return [put(queueEntries, id, this.#queueEntry, read?.version ?? 'absent')];
    return read === undefined ? [] : [remove(queueEntries, read.id, read.version)];
  }

  #messageWrites(): Write[] {
    const { acceptedAt, now } = this.state;
    return [...this.#messages].map(([id, record]) => {
      const carriers = this.#deliveries.filter(({ messageId }) => messageId === id);
      const way = { accepted: acceptedAt, decided: now, deliveries: carriers.map((carrier) => carrier.id) };
      return put(messageRecords, id, { ...record, way }, 'any');
    });
  }

  #deliver(
    key: NewDelivery<ConversationOperation>['key'],
    operation: ConversationOperation,
    tell: NewDelivery<ConversationOperation>['tell'],
    messageId: MessageId | undefined,
    conversation: ConversationId = this.state.id,
  ): void {
    this.#deliveries.push({
      id: this.derive<DeliveryId>(`delivery ${String(this.#deliveries.length)}`),
      key,
      conversation,
      operation,
      tell,
      ...(messageId === undefined ? {} : { messageId: as<MessageId>(messageId) }),
    });
  }
}

type TimerToName =
  | Extract<ConversationTimer, { name: 'wrap-up-over' | 'promise' }>
  | { readonly name: Exclude<ConversationTimer['name'], 'wrap-up-over' | 'promise'> };

/** A conversation has one timer of a name; of after-session work each agent has their own, and each promise. */
function timerName(timer: TimerToName): string {
  if (timer.name === 'promise') return `${timer.name} ${timer.promise}`;
  return timer.name === 'wrap-up-over' ? `${timer.name} ${timer.session} ${timer.agent}` : timer.name;
}

function messageOf(operation: RoomOperation): MessageId | undefined {
  return operation.kind === 'message' ? operation.messageId : undefined;
}

function present<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the decision needs a ${what}, and there is none`);
  return value;
}
