import type { AgentId, MatrixUserId } from '../platform/ids.ts';
import type { Store } from '../store/store.ts';
import {
  availabilityOf,
  freshWork,
  loadOf,
  readWork,
  type AgentWork,
  type Availability,
  type WrapUp,
} from './agent-work.ts';
import type { Medium } from '../message/medium.ts';
import type { SkillLevels } from './routing-policy.ts';
import type { Agent, AgentAddress, Tenant } from './tenant.ts';

/** An agent with what they have in hand. */
export interface AgentView {
  readonly id: AgentId;
  readonly name: string;
  readonly user: MatrixUserId;
  /** Further accounts, then addresses outside Matrix. */
  readonly endpoints: readonly (MatrixUserId | AgentAddress)[];
  readonly supervisor: boolean;
  readonly skills: SkillLevels;
  /** Absent: all. */
  readonly networks?: readonly string[];
  /** Absent: all. */
  readonly media?: readonly Medium[];
  /** Units of work at once. */
  readonly capacity: number;
  /** Units taken, open offers and after-session work included. */
  readonly load: number;
  /** Offered or connected. */
  readonly sessions: readonly string[];
  readonly availability: Availability;
  /** Since when; absent where nothing was ever said. */
  readonly since?: number;
  readonly wrapUps: readonly WrapUp[];
}

export async function readAgents(store: Store, tenant: Tenant): Promise<AgentView[]> {
  return viewsOf(store, tenant, [...tenant.agents.values()]);
}

export async function readAgent(store: Store, tenant: Tenant, id: AgentId): Promise<AgentView | undefined> {
  const agent = tenant.agents.get(id);
  return agent === undefined ? undefined : (await viewsOf(store, tenant, [agent]))[0];
}

async function viewsOf(store: Store, tenant: Tenant, agents: readonly Agent[]): Promise<AgentView[]> {
  const work = await readWork(
    store,
    tenant.id,
    agents.map(({ id }) => id),
  );
  const fresh = freshWork(tenant.availability);
  return agents.map((agent) => viewOf(agent, work.get(agent.id)?.value ?? fresh));
}

function viewOf(
  { id, name, user, endpoints = [], addresses = [], supervisor, skills, networks, media, capacity }: Agent,
  work: AgentWork,
): AgentView {
  return {
    id,
    name,
    user,
    endpoints: [...endpoints, ...addresses],
    supervisor,
    skills,
    ...(networks === undefined ? {} : { networks }),
    ...(media === undefined ? {} : { media }),
    capacity,
    load: loadOf(work),
    sessions: work.sessions,
    availability: availabilityOf(work),
    ...(work.availableSince === undefined ? {} : { since: work.availableSince }),
    wrapUps: work.wrapUps ?? [],
  };
}
