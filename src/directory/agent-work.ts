import type { AgentId, ConversationId, SessionId, TenantId } from '../platform/ids.ts';
import { defineCollection, type Store, type Stored } from '../store/store.ts';
import type { AnswerTimes } from './loop-guard.ts';
import type { AvailabilityRules } from './tenant.ts';

/** Whether an agent takes sessions. Said by the agent, over REST or by a schedule; `away` is what Switchboard makes of missed offers. */
export type Availability = 'available' | 'busy' | 'break' | 'away' | 'offline';

/** As agents and operators read it. */
export const availabilityWords: Readonly<Record<Availability, string>> = {
  available: 'available',
  busy: 'busy',
  break: 'on a break',
  away: 'away, because offers ran out',
  offline: 'offline',
};

/** What agents and integrators may choose. */
export const chosenAvailabilities = ['available', 'busy', 'break', 'offline'] as const;

/**
 * What an agent has in hand, id = agent. Every offer, acceptance and end writes it with the version that was read, so
 * two conversations cannot fill the same place at once.
 */
export interface AgentWork {
  /** Sessions offered or connected. */
  readonly sessions: readonly string[];
  /** Units that each takes; absent: 1. */
  readonly weights?: Readonly<Record<string, number>>;
  /** Closed sessions whose after-session work goes on, each with when it ends at the latest. */
  readonly wrapUps?: readonly WrapUp[];
  /** `unavailable`: written by versions before 0.2, as good as `offline`. */
  readonly availability: Availability | 'unavailable';
  readonly availableSince?: number;
  /** When work last began or ended; the longest idle agent is asked first. */
  readonly changedAt: number;
  readonly offeredAt?: number;
  /** Offers in a row that ran out. */
  readonly missed?: number;
  /** When the agent, or somebody over REST, last said what they are. */
  readonly saidAt?: number;
  /** What was last made of the agent's schedule, and when it changes next. */
  readonly shift?: { readonly isOn: boolean; readonly nextAt?: number };
  /** Endpoints outside Matrix, by their keys; absent: nothing was ever asked or heard there. */
  readonly endpoints?: Readonly<Record<string, EndpointWork>>;
}

/**
 * What goes on at an endpoint outside Matrix. Whoever writes there sees one correspondent, so it has a part in one session at a time. Written
 * with the agent's other work: two conversations cannot take it at once.
 */
export interface EndpointWork {
  /** The name of ours under which the agent wrote there last. */
  readonly via?: string;
  readonly engaged?: EndpointEngagement;
  /** An offer is on its way there: until it has arrived, or cannot, or something comes from there, no other is sent. */
  readonly unheard?: true;
  /** When something was offered there last. */
  readonly offeredAt?: number;
  /** The agent does not want to be written to there. */
  readonly optedOut?: true;
  /** Nothing could be brought there for good; over as soon as something comes from there. */
  readonly unreachable?: true;
  /** Of what was said by itself, since the agent last did something that counts: how often, and when last. */
  readonly helped?: { readonly times: number; readonly at: number };
  /** Answers of the last minute to commands. */
  readonly answers?: AnswerTimes;
}

/** `asked`: an offer stands; `answered`: and the agent has answered it; `connected`: the agent talks to the customer there. */
export interface EndpointEngagement {
  readonly state: 'asked' | 'answered' | 'connected';
  readonly session: SessionId;
  readonly conversation: ConversationId;
  readonly offer: number;
}

/** After-session work. */
export interface WrapUp {
  readonly session: SessionId;
  readonly conversation: ConversationId;
  readonly until: number;
  readonly weight: number;
}

export const agentWork = defineCollection<AgentWork>('agent-work');

/** Of an agent of whom nothing is stored yet. */
export function freshWork(rules: AvailabilityRules): AgentWork {
  return { sessions: [], availability: rules.initial, changedAt: 0 };
}

export function availabilityOf({ availability }: AgentWork): Availability {
  return availability === 'unavailable' ? 'offline' : availability;
}

/** Units of capacity that are taken, after-session work included. */
export function loadOf({ sessions, weights = {}, wrapUps = [] }: AgentWork): number {
  const held = sessions.reduce((sum, id) => sum + (weights[id] ?? 1), 0);
  return wrapUps.reduce((sum, { weight }) => sum + weight, held);
}

/** With a session more in hand. */
export function withSession(work: AgentWork, session: string, weight: number, now: number): AgentWork {
  if (work.sessions.includes(session)) return work;
  return {
    ...work,
    sessions: [...work.sessions, session],
    ...(weight === 1 ? {} : { weights: { ...work.weights, [session]: weight } }),
    changedAt: now,
    offeredAt: now,
  };
}

/** With a session less. */
export function withoutSession(work: AgentWork, session: string, now: number): AgentWork {
  if (!work.sessions.includes(session)) return work;
  const { weights, endpoints, ...rest } = work;
  const others = Object.fromEntries(Object.entries(weights ?? {}).filter(([id]) => id !== session));
  return {
    ...rest,
    sessions: work.sessions.filter((id) => id !== session),
    ...(Object.keys(others).length === 0 ? {} : { weights: others }),
    ...(endpoints === undefined ? {} : { endpoints: freed(endpoints, session) }),
    changedAt: now,
  };
}

function freed(
  endpoints: Readonly<Record<string, EndpointWork>>,
  session: string,
): Readonly<Record<string, EndpointWork>> {
  return Object.fromEntries(
    Object.entries(endpoints).map(([key, { engaged, ...endpoint }]) => [
      key,
      engaged === undefined || engaged.session === session ? endpoint : { ...endpoint, engaged },
    ]),
  );
}

/** With something else going on at one of the agent's endpoints. */
export function withEndpoint(
  work: AgentWork,
  key: ConversationId,
  change: (endpoint: EndpointWork) => EndpointWork,
): AgentWork {
  return { ...work, endpoints: { ...work.endpoints, [key]: change(work.endpoints?.[key] ?? {}) } };
}

export async function readWork(
  store: Store,
  tenant: TenantId,
  agents: Iterable<AgentId>,
): Promise<Map<AgentId, Stored<AgentWork> | undefined>> {
  const read = [...agents].map(async (id) => [id, await store.get(tenant, agentWork, id)] as const);
  return new Map(await Promise.all(read));
}
