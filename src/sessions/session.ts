import type {
  AgentId,
  ContactId,
  ConversationId,
  LineId,
  MatrixUserId,
  MessageId,
  QueueId,
  ServiceId,
  SessionId,
} from '../platform/ids.ts';
import type { Address, CustomerApp } from '../channels/channel.ts';
import { accountsOf } from '../directory/directory.ts';
import type { Medium } from '../message/medium.ts';
import type { Agent } from '../directory/tenant.ts';
import type { ApplicationRequest, Attributes, EnqueueRequest } from '../services/instruction.ts';
import type { Programme } from '../services/programme/programme.ts';
import { defineCollection } from '../store/store.ts';
import type { SessionPromises } from './promises/open-promise.ts';
import type { SessionRouting } from './session-routing.ts';

/**
 * One stretch of a conversation.
 *
 * | state   | meaning                                   | leaves it by                                    |
 * |---------|-------------------------------------------|-------------------------------------------------|
 * | talking | with its service, in no queue yet         | enqueue -> waiting; !take -> active             |
 * | waiting | in a queue; routing finds whom to ask     | routing -> offered; leave -> talking            |
 * | offered | one offer pending                         | accept -> active; decline, deadline -> waiting |
 * | active  | at least one agent's leg connected        | last agent leaves -> waiting                    |
 * | closed  | over; the next message opens another      | never                                           |
 *
 * Invariants: at most one session of a conversation is not closed (the conversation's record names it, and both are
 * written in one commit); at most one offer is pending; one customer leg, always; whoever is talking waits for something with a time.
 */
export interface SessionRecord {
  readonly id: SessionId;
  readonly conversation: ConversationId;
  readonly contact: ContactId;
  /** One of the tenant's; one that is no longer declared is as good as `direct`. */
  readonly service: ServiceId;
  readonly queue: QueueId;
  readonly state: 'talking' | 'waiting' | 'offered' | 'active' | 'closed';
  readonly openedAt: number;
  readonly closedAt?: number;
  readonly closedBy?: string;
  readonly legs: readonly Leg[];
  readonly offer?: Offer;
  /** Whole time in queues before the present wait, which began at {@link waitingSince}. */
  readonly waitedMs?: number;
  readonly waitingSince?: number;
  /** When an agent took it first. */
  readonly acceptedAt?: number;
  /** Whole time in queues until then; absent in sessions that an earlier version saw accepted. */
  readonly waitedUntilAcceptedMs?: number;
  /** Why the agent who has it was asked. */
  readonly why?: string;
  /** What the service still wants done; absent where that is nothing. */
  readonly programme?: Programme;
  /** Answers, what was looked up, what applications set; absent: nothing. At most 16 KiB as JSON. */
  readonly attributes?: Attributes;
  /** An application is to be asked this when the session's place in its queue has come. */
  readonly placeFor?: ApplicationRequest;
  /** With what it stands in its queue, or stood last, beyond the queue itself. */
  readonly enqueued?: EnqueueRequest;
  /** It had waited when the places of its queue were looked at: how long it was thought to wait from then on (absent: that was hidden), and did. */
  readonly estimated?: { readonly saidMs?: number; readonly wasMs: number };
  /** With which it was opened. */
  readonly firstMessage?: MessageId;
  /** Kinds of content that the customer has sent in it, in order; absent: none yet, or before this was kept. */
  readonly media?: readonly Medium[];
  /** The name under which the customer wrote that to the tenant, where the network says. */
  readonly identifier?: string;
  /** What the tenant's rules said of it; absent where there are none. */
  readonly routing?: SessionRouting;
  /** When an agent said something to the customer first. */
  readonly firstAnsweredAt?: number;
  readonly promises?: SessionPromises;
  /** Whether the customer was told that nobody works at this hour. */
  readonly toldClosed?: boolean;
  readonly offersMade: number;
  readonly toldBusy: boolean;
  readonly notes: readonly Note[];
  /** SMS segments sent to the customer, where the network counts and charges by them. */
  readonly segments?: number;
  /** Kinds of loss in conversion that the agents were already told of. */
  readonly lossesTold: readonly string[];
}

export type LegState = 'invited' | 'alerting' | 'connected' | 'held' | 'ended' | 'failed';

export type Leg =
  | {
      readonly role: 'customer';
      readonly line: LineId;
      readonly address: string;
      readonly state: LegState;
      readonly since: number;
      /** What the customer's app told of itself, for rules. */
      readonly app?: CustomerApp;
    }
  | {
      readonly role: 'agent';
      readonly agent: AgentId;
      /** The account that took it, or is asked first. */
      readonly user: MatrixUserId;
      readonly state: LegState;
      readonly since: number;
      /** All of the agent's accounts that were invited; absent: `user` alone. */
      readonly users?: readonly MatrixUserId[];
      /** Of several: those of which it is known that they joined. */
      readonly joined?: readonly MatrixUserId[];
      /** Of several: those that declined the invitation, or left. */
      readonly gone?: readonly MatrixUserId[];
      /** Connected there, too, or only there. */
      readonly endpoint?: EndpointPart;
    };

/** An agent's endpoint outside Matrix as an offer or a leg is pinned to it. */
export interface EndpointPart {
  /** Its inbox key. */
  readonly key: ConversationId;
  readonly line: LineId;
  readonly address: Address;
}

export type AgentLeg = Extract<Leg, { role: 'agent' }>;

/** States of a session that goes on. */
export const openStates = ['talking', 'waiting', 'offered', 'active'] as const;

/** A session proposed to an agent. Offer states end by: accepted, declined, timed out, failed, withdrawn. */
export interface Offer {
  readonly number: number;
  readonly agent: AgentId;
  readonly user: MatrixUserId;
  /** All of the agent's accounts that were asked; absent: `user` alone. */
  readonly users?: readonly MatrixUserId[];
  /** Of several: those that could not be invited. */
  readonly uninvited?: readonly MatrixUserId[];
  /** Asked there as well; absent: nowhere outside Matrix. */
  readonly endpoints?: readonly EndpointPart[];
  /** How long the agent has for an answer, from when the invitation reached the room. */
  readonly forMs: number;
  readonly madeAt?: number;
  readonly deadline: number;
  /** Whether the homeserver took the invitation; until then no time runs against the agent. */
  readonly reached: boolean;
  /** Why this agent; absent in offers of versions before 0.2. */
  readonly why?: string;
}

export interface Note {
  readonly by: MatrixUserId;
  readonly text: string;
  readonly at: number;
}

export const sessions = defineCollection<SessionRecord>('sessions', {
  byConversation: ['conversation', 'openedAt'],
  byState: ['state', 'openedAt'],
});

export function connectedAgents(session: SessionRecord): AgentLeg[] {
  return session.legs.filter((leg): leg is AgentLeg => leg.role === 'agent' && leg.state === 'connected');
}

/** The accounts by which the agent was asked, or has a part. */
export function usersOf({ user, users = [user] }: Offer | AgentLeg): readonly MatrixUserId[] {
  return users;
}

/** The agent who talks to the customer at that endpoint. */
export function legAt(session: SessionRecord, key: ConversationId): AgentLeg | undefined {
  return connectedAgents(session).find(({ endpoint }) => endpoint?.key === key);
}

/** By whichever of their accounts. Not where the one that took the session is theirs no longer. */
export function isConnected(
  session: SessionRecord,
  agent: Pick<Agent, 'id' | 'user' | 'endpoints'> | undefined,
): boolean {
  if (agent === undefined) return false;
  return connectedAgents(session).some(
    (leg) => leg.agent === agent.id && accountsOf(agent).includes(leg.user),
  );
}
