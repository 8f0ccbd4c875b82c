import {
  as,
  type AgentId,
  type ConversationId,
  type DeliveryId,
  type LegKey,
  type LineId,
  type MessageId,
  type QueueId,
  type ServiceId,
  type SessionId,
  type TenantId,
} from '../platform/ids.ts';
import type { Owner } from '../directory/identifiers/identifier-index.ts';
import type { Availability } from '../directory/agent-work.ts';
import type { Address, ChannelEvent } from '../channels/channel.ts';
import type { DeliveryStatus } from '../delivery/delivery.ts';
import type { RawRoomEvent } from '../matrix/room-input.ts';
import type { RoomOperation } from '../matrix/room-operation.ts';
import type { Message } from '../message/message.ts';

/** Everything that can happen to a conversation: what its inbox holds. JSON data. */
export type ConversationEvent =
  | {
      readonly type: 'channel';
      readonly line: LineId;
      readonly event: ChannelEvent;
      /** What the customer wants of the tenant, where the name under which they found it says so. */
      readonly service?: ServiceId;
    }
  | { readonly type: 'room'; readonly event: RawRoomEvent }
  | { readonly type: 'delivery'; readonly result: DeliveryResult }
  | { readonly type: 'timer'; readonly timer: ConversationTimer }
  | { readonly type: 'queue'; readonly news: QueueNews }
  /** The agent is to have a desk. */
  | { readonly type: 'desk' }
  /** On a line that tenants share: an operator says whom the customer writes to. */
  | { readonly type: 'front'; readonly assign: Owner }
  | RoutingEvent;

/** What routing tells a conversation whose session waits. */
export type QueueNews =
  | {
      readonly what: 'offer';
      readonly session: SessionId;
      readonly agent: AgentId;
      /** Why this agent, for the agent. */
      readonly why: string;
    }
  | { readonly what: 'unanswered'; readonly session: SessionId }
  /** The agent answered at the desk. */
  | {
      readonly what: 'answer';
      readonly session: SessionId;
      readonly offer: number;
      readonly accepts: boolean;
    }
  /** What became of the offer's card: it stands at the agent's desk, or cannot. */
  | {
      readonly what: 'card';
      readonly session: SessionId;
      readonly offer: number;
      readonly isShown: boolean;
    }
  /** The queue in which it waits is no longer declared. */
  | { readonly what: 'queue-gone'; readonly session: SessionId }
  /** An operator removed the line of its customer. */
  | { readonly what: 'line-gone'; readonly session: SessionId }
  /** The agent takes no offers any more. */
  | { readonly what: 'rescind'; readonly session: SessionId; readonly agent: AgentId }
  /** The agent went offline and did not come back in time. */
  | { readonly what: 'agent-gone'; readonly session: SessionId; readonly agent: AgentId };

/** What may change who is offered what. Has a key of its own in each tenant: {@link routingKey}. */
export type RoutingEvent =
  | { readonly type: 'route' }
  | {
      readonly type: 'availability';
      readonly agent: AgentId;
      readonly availability: Availability;
      readonly by: 'agent' | 'api' | 'schedule' | 'missed offers';
    }
  /** The agent takes the next session, of one queue or of any of theirs. */
  | { readonly type: 'pull'; readonly agent: AgentId; readonly queue?: QueueId }
  /** Still offline after the tenant's time of grace. */
  | { readonly type: 'gone'; readonly agent: AgentId; readonly since: number }
  /** An operator took the agent out of the directory, or gave them another account. */
  | { readonly type: 'left'; readonly agent: AgentId; readonly isRemoved: boolean };

/** Each tenant's routing is decided one event at a time, so that no two decisions give the same agent away. */
export const routingKey = as<ConversationId>('routing');

export interface DeliveryResult {
  readonly id: DeliveryId;
  readonly key: LegKey;
  readonly status: DeliveryStatus;
  readonly messageId?: MessageId;
  readonly operation: ConversationOperation;
  readonly failure?: { readonly kind: string; readonly reason: string; readonly certain: boolean };
}

export type ConversationTimer =
  | { readonly name: 'offer-deadline'; readonly session: string; readonly offer: number }
  /** Set by versions before 0.2 only. */
  | { readonly name: 'wait-over'; readonly session: string }
  | { readonly name: 'wrap-up-over'; readonly session: SessionId; readonly agent: AgentId };

export type ConversationOperation =
  | { readonly on: 'room'; readonly operation: RoomOperation }
  | { readonly on: 'line'; readonly operation: LineOperation }
  | { readonly on: 'tenant'; readonly operation: HandOver };

/** What came on a line that tenants share, on its way to the tenant that it is for. */
export interface HandOver {
  readonly kind: 'hand-over';
  readonly tenant: TenantId;
  readonly line: LineId;
  readonly event: ChannelEvent;
  readonly service?: ServiceId;
}

/** What can be done on the customer's leg. References carry MessageIds; the transport turns them into native ids. */
export type LineOperation =
  | (Pinned & {
      readonly kind: 'send' | 'edit' | 'retract' | 'react';
      readonly message: Message;
      readonly sender: { readonly name: string; readonly kind: 'agent' | 'system' };
      readonly part: number;
      readonly parts: number;
    })
  /** For networks that show who answers and when it is over. */
  | (Pinned & { readonly kind: 'session'; readonly state: 'open' | 'closed'; readonly agentName?: string });

/** Where it goes: the address as it stood in the records when it was decided, never looked up again (design, 5.3). */
interface Pinned {
  readonly line: LineId;
  readonly address: Address;
}
