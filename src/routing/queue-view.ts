import type { QueueId } from '../platform/ids.ts';
import { freshWork, readWork } from '../directory/agent-work.ts';
import { usualMaxSize, type Queue, type Tenant } from '../directory/tenant.ts';
import { readMembers } from '../queues/queue-members.ts';
import type { Store } from '../store/store.ts';
import { routedAgent } from './dispatch.ts';
import { obstacle, type Need, type RoutedAgent } from './eligibility.ts';
import { reachAfter } from './rings.ts';

/** A queue as it stands now. Waiting is counted over all queues that the customer was in. */
export interface QueueView {
  readonly id: QueueId;
  readonly name: string;
  /** Sessions that wait, those included that are offered to an agent. */
  readonly size: number;
  /** So many may wait at once. */
  readonly maxSize: number;
  /** Of those, in milliseconds; 0 where nobody waits. */
  readonly averageWaitMs: number;
  readonly longestWaitMs: number;
  readonly agents: AgentsOfQueue;
}

/** How many agents the queue has; each figure is a part of the one before. */
export interface AgentsOfQueue {
  /** Whom it asks, from the start or from some ring on, and who have the skills that it asks for at last. */
  readonly eligible: number;
  /** Of those, who are `available`, whatever they have in hand. */
  readonly available: number;
  /** Of those, who have capacity for an ordinary session of the queue. */
  readonly free: number;
}

export async function readQueues(store: Store, tenant: Tenant, now: number): Promise<QueueView[]> {
  return viewsOf(store, tenant, [...tenant.queues.values()], now);
}

export async function readQueue(
  store: Store,
  tenant: Tenant,
  id: QueueId,
  now: number,
): Promise<QueueView | undefined> {
  const queue = tenant.queues.get(id);
  return queue === undefined ? undefined : (await viewsOf(store, tenant, [queue], now))[0];
}

async function viewsOf(
  store: Store,
  tenant: Tenant,
  queues: readonly Queue[],
  now: number,
): Promise<QueueView[]> {
  const agents = await readRouted(store, tenant);
  return Promise.all(
    queues.map(async (queue) => {
      const waits = (await readMembers(store, tenant.id, queue.id)).map(({ since }) => now - since);
      const total = waits.reduce((sum, wait) => sum + wait, 0);
      return {
        id: queue.id,
        name: queue.name,
        size: waits.length,
        maxSize: queue.maxSize ?? usualMaxSize,
        averageWaitMs: waits.length === 0 ? 0 : total / waits.length,
        longestWaitMs: waits.reduce((longest, wait) => Math.max(longest, wait), 0),
        agents: countAgents(queue, agents),
      };
    }),
  );
}

/** All agents of the tenant as routing sees them now. */
export async function readRouted(store: Store, tenant: Tenant): Promise<RoutedAgent[]> {
  const work = await readWork(store, tenant.id, tenant.agents.keys());
  const fresh = freshWork(tenant.availability);
  return [...tenant.agents.values()].map((agent) => routedAgent(agent, work.get(agent.id)?.value ?? fresh));
}

function countAgents({ policy, weight }: Queue, agents: readonly RoutedAgent[]): AgentsOfQueue {
  const { members, dropped } = reachAfter(policy, Infinity);
  const need: Need = {
    network: '',
    weight,
    required: Object.fromEntries(Object.entries(policy.required).filter(([skill]) => !dropped.has(skill))),
    evaluation: policy.evaluation,
    members,
  };
  // Which networks an agent handles depends on the session.
  const onAnyNetwork = agents.map(({ networks: _, ...agent }) => agent);
  const eligible = onAnyNetwork.filter(
    (agent) => obstacle({ ...agent, availability: 'available', load: 0 }, need) === undefined,
  );
  return {
    eligible: eligible.length,
    available: eligible.filter(({ availability }) => availability === 'available').length,
    free: eligible.filter((agent) => obstacle(agent, need) === undefined).length,
  };
}
