import {
  as,
  type AgentId,
  type ConversationId,
  type DeliveryId,
  type LegKey,
  type LineId,
  type MatrixUserId,
  type MessageId,
  type NativeMessageId,
  type QueueId,
  type ServiceId,
  type SessionId,
  type TenantId,
} from '../platform/ids.ts';
import type { Owner } from '../directory/identifiers/identifier-index.ts';
import type { Availability } from '../directory/agent-work.ts';
import type { PromiseKind } from '../directory/service-levels.ts';
import type { Address, ChannelEvent } from '../channels/channel.ts';
import type { DeliveryStatus } from '../delivery/delivery.ts';
import type { RawRoomEvent } from '../matrix/room-input.ts';
import type { RoomOperation } from '../matrix/room-operation.ts';
import type { Message } from '../message/message.ts';
import type { EventsEvent } from './events/decide-events.ts';
import type { HookOperation } from './events/hook.ts';
import type { ApplicationRequest, Instruction, LookUp } from '../services/instruction.ts';
import type { RequestParameters } from '../services/application/request-parameters.ts';
import type { ApplicationAnswer, LookUpAnswer } from '../services/programme/happenings.ts';
import type { QueuePlace } from './queue-place.ts';
import type { EndpointPart } from './session.ts';
import type { ChoiceOperation } from './choosers/choice-operation.ts';

/** Everything that can happen to a conversation: what its inbox holds. JSON data. */
export type ConversationEvent =
  | {
      readonly type: 'channel';
      readonly line: LineId;
      readonly event: ChannelEvent;
      /** It was passed on to an agent's endpoint and came back: the address is none any more. */
      readonly isBack?: true;
      /** What the customer wants of the tenant, where the name under which they found it says so. */
      readonly service?: ServiceId;
    }
  | { readonly type: 'room'; readonly event: RawRoomEvent }
  | { readonly type: 'delivery'; readonly result: DeliveryResult }
  | { readonly type: 'timer'; readonly timer: ConversationTimer }
  | { readonly type: 'queue'; readonly news: QueueNews }
  /** The agent is to have a desk. `again`: they need it now, and may have left it. */
  | { readonly type: 'desk'; readonly again?: true }
  /** At an agent's endpoint outside Matrix: something came from there. */
  | {
      readonly type: 'at-endpoint';
      readonly line: LineId;
      readonly event: ChannelEvent;
    }
  /** In a conversation: the agent did something at their endpoint that is about its session, or something became of what went there. */
  | {
      readonly type: 'endpoint';
      readonly agent: AgentId;
      readonly session: SessionId;
      readonly part: EndpointPart;
      readonly word: EndpointWord;
    }
  /** On a line that tenants share: an operator says whom the customer writes to, or what waits goes on to them. */
  | { readonly type: 'front'; readonly assign: Owner }
  | RoutingEvent
  /** What came of something that the session's service wanted to know. */
  | {
      readonly type: 'looked-up';
      readonly session: SessionId;
      readonly call: number;
      readonly answer: LookUpAnswer;
    }
  /** What an application answered that the session's service asked. */
  | {
      readonly type: 'application';
      readonly session: SessionId;
      readonly call: number;
      readonly answer: ApplicationAnswer;
    }
  | EventsEvent;

export type EndpointWord =
  /** References inside are the network's. */
  | {
      readonly what: 'message';
      readonly id: NativeMessageId;
      readonly at: number;
      readonly message: Message;
    }
  | {
      readonly what: 'command';
      readonly id: NativeMessageId;
      readonly at: number;
      readonly name: string;
      readonly argument: string;
      readonly replyTo?: string;
    }
  | { readonly what: 'answer'; readonly offer: number; readonly accepts: boolean }
  /** The offer stands there: the agent's time begins. */
  | { readonly what: 'shown'; readonly offer: number }
  /** `outcome` pending: it is delayed. `kind`: of the failure. `isGone`: nothing can be brought there for good. */
  | {
      readonly what: 'undelivered';
      readonly outcome: 'pending' | 'failed' | 'unclear';
      readonly kind: string;
      readonly reason: string;
      readonly isGone: boolean;
      readonly message?: MessageId;
      readonly offer?: number;
    }
  /** The agent wants no more of it there, and says so on the network itself: `STOP`, a chat that is closed. */
  | { readonly what: 'left'; readonly reason: string };

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
  /** It goes to another queue, by one of the ways that its entry has. */
  | {
      readonly what: 'overflow';
      readonly session: SessionId;
      readonly from: QueueId;
      readonly way: number;
      readonly why: string;
    }
  /** Nobody works at this hour. */
  | { readonly what: 'out-of-hours'; readonly session: SessionId }
  /** The queue in which it waits is no longer declared. */
  | { readonly what: 'queue-gone'; readonly session: SessionId }
  /** The customer's address is an agent's endpoint now. */
  | { readonly what: 'endpoint'; readonly session: SessionId }
  /** An operator removed the line of its customer. */
  | { readonly what: 'line-gone'; readonly session: SessionId }
  /** The queue has taken it back from the agent: nothing came of the offer in its time. */
  | { readonly what: 'offer-over'; readonly session: SessionId; readonly agent: AgentId }
  /** The agent takes no offers any more. */
  | { readonly what: 'rescind'; readonly session: SessionId; readonly agent: AgentId }
  /** The agent went offline and did not come back in time. */
  | { readonly what: 'agent-gone'; readonly session: SessionId; readonly agent: AgentId }
  /** These accounts are the agent's no longer; others still are. */
  | {
      readonly what: 'accounts-gone';
      readonly session: SessionId;
      readonly agent: AgentId;
      readonly users: readonly MatrixUserId[];
      /** Likewise, outside Matrix; by their keys. */
      readonly endpoints?: readonly ConversationId[];
    }
  /** Where it stands now. */
  | { readonly what: 'place'; readonly session: SessionId; readonly place: QueuePlace }
  /** Somebody takes it out of this queue by REST, to these instructions. */
  | {
      readonly what: 'dequeue';
      readonly session: SessionId;
      readonly queue: QueueId;
      readonly instructions: readonly Instruction[];
    };

/** What may change who is offered what. Has a key of its own in each tenant: {@link routingKey}. */
export type RoutingEvent =
  | { readonly type: 'route' }
  | {
      readonly type: 'availability';
      readonly agent: AgentId;
      readonly availability: Availability;
      readonly by: 'agent' | 'api' | 'schedule';
    }
  /** The agent takes the next session, of one queue or of any of theirs. `at`: asked for there, instead of at the desk. */
  | {
      readonly type: 'pull';
      readonly agent: AgentId;
      readonly queue?: QueueId;
      readonly at?: EndpointPart;
    }
  /** Still offline after the tenant's time of grace. */
  | { readonly type: 'gone'; readonly agent: AgentId; readonly since: number }
  /** The places of those who wait are to be looked at. */
  | { readonly type: 'places' }
  /** Queues are to be held against their thresholds; `due`: now, however long ago they were last. */
  | { readonly type: 'thresholds'; readonly due?: true }
  /** A session wants to know its place. */
  | { readonly type: 'place'; readonly session: SessionId }
  /** The application that chooses for a queue has answered; without an agent: it has not, and why. */
  | {
      readonly type: 'chosen';
      readonly session: SessionId;
      readonly call: string;
      readonly agent?: AgentId;
      readonly failure?: string;
    }
  /** The agent's schedule is to be looked at. */
  | { readonly type: 'shift'; readonly agent: AgentId }
  /** An operator took the agent out of the directory, or gave them another account. */
  | { readonly type: 'left'; readonly agent: AgentId; readonly isRemoved: boolean }
  /** An operator took these accounts, and endpoints outside Matrix by their keys, from the agent, who has others. */
  | {
      readonly type: 'accounts';
      readonly agent: AgentId;
      readonly gone: readonly MatrixUserId[];
      readonly endpoints?: readonly ConversationId[];
    };

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
  /** A pause of the service is over, or what it waits for did not come. `wait`: which of its waits. */
  | { readonly name: 'service-waits'; readonly session: SessionId; readonly wait: number }
  /** The customer has waited as long as their `enqueue` allows. `enteredAt`: which of their waits. */
  | { readonly name: 'queue-timeout'; readonly session: SessionId; readonly enteredAt: number }
  /** Set by versions before 0.2 only. */
  | { readonly name: 'wait-over'; readonly session: string }
  | { readonly name: 'wrap-up-over'; readonly session: SessionId; readonly agent: AgentId }
  /** Something has been on its way to the agent's endpoint for a while. */
  | { readonly name: 'endpoint-silent'; readonly session: SessionId; readonly agent: AgentId }
  | { readonly name: 'promise'; readonly session: SessionId; readonly promise: PromiseKind };

export type ConversationOperation =
  | { readonly on: 'room'; readonly operation: RoomOperation }
  | { readonly on: 'line'; readonly operation: LineOperation }
  | { readonly on: 'service'; readonly operation: ServiceOperation }
  | { readonly on: 'chooser'; readonly operation: ChoiceOperation }
  | { readonly on: 'hook'; readonly operation: HookOperation }
  | { readonly on: 'tenant'; readonly operation: HandOver };

/** What a service asks elsewhere. Its answer comes back as an event of the conversation, once. */
export type ServiceOperation = { readonly session: SessionId } & (
  | { readonly kind: 'look-up'; readonly call: number; readonly lookUp: LookUp }
  | {
      readonly kind: 'application';
      readonly request: ApplicationRequest;
      /** What it is told. */
      readonly sent: RequestParameters;
      /** Where an `enqueue` in the answer leads that names no queue. */
      readonly queue: QueueId;
    }
);

/** What came on a line that tenants share, on its way to the tenant that it is for. */
export interface HandOver {
  readonly kind: 'hand-over';
  readonly tenant: TenantId;
  readonly line: LineId;
  readonly event: ChannelEvent;
  readonly service?: ServiceId;
}

/** What can be done on the customer's leg, and at an agent's endpoint. References carry MessageIds; the transport turns them into native ids. */
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
  /** Not the customer's leg, but an agent's. */
  readonly endpoint?: EndpointPurpose;
}

/** What something that goes to an agent's endpoint is about, for whom it may concern what becomes of it. */
export interface EndpointPurpose {
  readonly agent: AgentId;
  /** Absent: it is about no session. */
  readonly session?: SessionId;
  readonly conversation?: ConversationId;
  /** It is this offer. */
  readonly offer?: number;
}
