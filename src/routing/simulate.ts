import type { Medium } from '../message/medium.ts';
import { as, type AgentId, type QueueId, type SessionId } from '../platform/ids.ts';
import type { Ring, RoutingPolicy, SkillLevels } from '../directory/routing-policy.ts';
import type { Queue, Tenant } from '../directory/tenant.ts';
import type { Store } from '../store/store.ts';
import { waitingSession } from './dispatch.ts';
import { obstacle, type RoutedAgent } from './eligibility.ts';
import { openTimesOf } from './hours/open-time.ts';
import { closedQueues, closedUntil, type TenantHours } from './hours/tenant-hours.ts';
import { needNow } from './need-now.ts';
import { readRouted } from './queue-view.ts';
import { rankOf } from './rank.ts';
import { readFirstWaiting } from './read-waiting.ts';
import { route, type WaitingSession } from './route.ts';

/** A session that might come. */
export interface SimulatedSession {
  readonly queue: QueueId;
  readonly network: string;
  /** What its customer would have sent. */
  readonly media: readonly Medium[];
  /** Beyond what the queue asks. */
  readonly skills: SkillLevels;
  readonly preferred: SkillLevels;
  /** In place of the queue's. */
  readonly priority?: number;
  /** Beside the queue's. */
  readonly rings: readonly Ring[];
  /** In all queues. */
  readonly waitedMs: number;
  /** In this one. Default: it was in no other. */
  readonly inQueueMs?: number;
}

export interface Simulation {
  /** Who would be asked, and why. */
  readonly asked?: { readonly agent: AgentId; readonly why: string };
  /** When the queue opens, where it is closed; `Infinity`: nobody knows. */
  readonly opensAt?: number;
  /** How many sessions of the tenant that wait now would go before it, in whichever queue. */
  readonly ahead: number;
  /** Every agent of the tenant, with what keeps them from being asked. */
  readonly agents: readonly { readonly agent: AgentId; readonly name: string; readonly obstacle?: string }[];
}

const simulated = as<SessionId>('simulated');

/** What routing would decide now, were there this session. Changes nothing. */
export async function simulate(
  store: Store,
  tenant: Tenant,
  queue: Queue,
  {
    network,
    media,
    skills,
    preferred,
    priority = queue.priority,
    rings,
    waitedMs,
    inQueueMs = waitedMs,
  }: SimulatedSession,
  hours: TenantHours,
  now: number,
): Promise<Simulation> {
  const [agents, entries] = await Promise.all([
    readRouted(store, tenant),
    readFirstWaiting(store, tenant.id),
  ]);
  const since = now - waitedMs;
  const rank = rankOf({ since, priority, promisedMs: queue.promisedMs });
  const opensAt = closedUntil(queue, hours, now);
  const openTimes = openTimesOf(tenant, hours, now);
  const session: WaitingSession = {
    session: simulated,
    queue: queue.id,
    since,
    enteredAt: now - inQueueMs,
    network,
    media,
    weight: queue.weight,
    required: skills,
    preferred,
    rings,
    lastAgents: [],
    declined: [],
  };
  const ahead = entries.filter(({ value }) => value.rank <= rank);
  const { assignments } = route({
    now,
    agents,
    policies: new Map([...tenant.queues].map(([id, { policy }]) => [id, ownOrder(policy)])),
    waiting: [...ahead.map(waitingSession), session],
    closed: closedQueues(tenant, hours, now),
    openTimes,
    limit: Infinity,
  });
  const asked = assignments.find((assignment) => assignment.session === simulated);
  const taken = new Map(assignments.map((assignment) => [assignment.agent, assignment.session]));
  const need = needNow(session, queue.policy, openTimes, now);
  const hinders = (agent: RoutedAgent): string | undefined => {
    if (opensAt !== undefined)
      return 'the queue is closed at this hour: agents may take its sessions themselves';
    if (queue.policy.manual) return 'the queue asks nobody: agents take its sessions themselves';
    const found = obstacle(agent, need);
    if (found !== undefined || asked !== undefined || !taken.has(agent.id)) return found;
    return 'would be asked for a session that comes first';
  };
  return {
    ...(asked === undefined ? {} : { asked: { agent: asked.agent, why: asked.why } }),
    ...(opensAt === undefined ? {} : { opensAt }),
    ahead: ahead.length,
    agents: agents.map((agent) => {
      const found = hinders(agent);
      const name = tenant.agents.get(agent.id)?.name ?? agent.id;
      return { agent: agent.id, name, ...(found === undefined ? {} : { obstacle: found }) };
    }),
  };
}

/** Nobody is asked who is outside: what an application would choose is not known. */
function ownOrder({ chooser: _, ...policy }: RoutingPolicy): RoutingPolicy {
  return policy;
}
