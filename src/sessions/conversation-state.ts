import type { AgentId, ConversationId, MatrixRoomId, MessageId, QueueId } from '../platform/ids.ts';
import type { DeliveryRecord } from '../delivery/delivery.ts';
import type { ReceiptEffect } from '../delivery/receipts.ts';
import type { AgentWork } from '../directory/agent-work.ts';
import type { AddressRecord, ContactRecord, ConversationRecord } from '../directory/contact.ts';
import type { LineSettings, Tenant } from '../directory/tenant.ts';
import type { Capabilities } from '../message/capabilities.ts';
import type { MediaReference } from '../message/message.ts';
import type { RoomInput } from '../matrix/room-input.ts';
import type { Stored } from '../store/store.ts';
import type { QueueEntry } from '../queues/queue-entry.ts';
import type { ConversationEvent, ConversationOperation, RoutingEvent } from './conversation-event.ts';
import type { EventsEvent } from './events/decide-events.ts';
import type { LedgerFacts } from './ledger/ledger-facts.ts';
import type { MessageRecord } from './message-record.ts';
import type { RoutingFacts } from './routing-facts.ts';
import type { SessionRecord } from './session.ts';

export interface KnownMessage {
  readonly id: MessageId;
  readonly record: MessageRecord;
  /** In how many messages it went to the customer; 0 where it has not, or not yet. */
  readonly parts: number;
}

/** Everything that a decision about one inbox entry may look at, read beforehand. Records come with the versions that were read. */
export interface ConversationState {
  readonly now: number;
  readonly acceptedAt: number;
  readonly tenant: Tenant;
  readonly id: ConversationId;
  readonly line: LineSettings;
  /** The tenant has the line no longer: nothing reaches the customer. */
  readonly lineIsGone: boolean;
  /** As people say the network: `SMS`. */
  readonly networkTitle: string;
  readonly capabilities: Capabilities;
  readonly conversation: Stored<ConversationRecord> | undefined;
  readonly address: Stored<AddressRecord> | undefined;
  readonly contact: Stored<ContactRecord> | undefined;
  readonly session: Stored<SessionRecord> | undefined;
  /** Where the open session stands in a queue. */
  readonly queueEntry: Stored<QueueEntry> | undefined;
  /** Of agents whom a decision asked for by {@link AgentWorkWanted}, which few do. */
  readonly work: ReadonlyMap<AgentId, Stored<AgentWork> | undefined>;
  /** Of queues whose size a decision asked for by {@link QueueSizeWanted}; absent: none did. */
  readonly queueSizes?: ReadonlyMap<QueueId, number>;
  /** For a decision that asked for them by {@link RoutingFactsWanted}. */
  readonly routingFacts?: RoutingFacts;
  /** By native or event id: the messages that the event refers to. */
  readonly referred: ReadonlyMap<string, KnownMessage>;
  /** For a receipt: what it changes. */
  readonly receipt: ReceiptEffect;
  /** For `!retry`: messages that failed or are unclear on their way to the customer, the room or an agent outside Matrix, and were not tried again; oldest first. */
  readonly undelivered: readonly DeliveryRecord<ConversationOperation>[];
  /** For `!why`: what the ledger knows of the message that is asked about. */
  readonly asked: LedgerFacts | undefined;
  /** For an offer or its acceptance outside Matrix: what was said in the open session, oldest first, of that at most the last few. */
  readonly said?: readonly MessageRecord[];
  /** For the timer that asks for it: what still waits on its way to the agent's endpoint was made before this. */
  readonly waitsSince?: number;
  readonly signedLink: (media: MediaReference) => string;
  /** Whether somebody wants to be told of what happens to the tenant. */
  readonly recordsEvents: boolean;
  /** Where the event happened, for events of the room. */
  readonly roomId: MatrixRoomId | undefined;
}

/** Thrown by a decision that was not given an agent's work and cannot do without. */
export class AgentWorkWanted extends Error {
  readonly agent: AgentId;
  constructor(agent: AgentId) {
    super(`the work of agent ${agent} is wanted`);
    this.agent = agent;
  }
}

/** Thrown by a decision that must know how many wait in a queue. */
export class QueueSizeWanted extends Error {
  readonly queue: QueueId;
  constructor(queue: QueueId) {
    super(`the size of queue ${queue} is wanted`);
    this.queue = queue;
  }
}

/** An event of a conversation, with its raw Matrix part already converted. */
export type ConvertedEvent =
  | Exclude<
      ConversationEvent,
      { type: 'room' | 'desk' | 'front' | 'at-endpoint' } | RoutingEvent | EventsEvent
    >
  | { readonly type: 'room'; readonly input: RoomInput };
