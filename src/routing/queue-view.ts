import type { QueueId } from '../platform/ids.ts';
import { freshWork, readWork } from '../directory/agent-work.ts';
import { usualMaxSize, type Queue, type Tenant } from '../directory/tenant.ts';
import { readMembers } from '../queues/queue-members.ts';
import { recentAcceptances } from '../queues/recent-acceptances.ts';
import { estimateWait } from '../queues/wait-estimate.ts';
import type { Store } from '../store/store.ts';
import { countAgents, type AgentsOfQueue } from './agents-of-queue.ts';
import type { RoutedAgent } from './eligibility.ts';
import { closedUntil, readHoursOfQueues } from './hours/tenant-hours.ts';
import { routedAgent } from './routed-agent.ts';

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
  /** How long who comes now will wait; absent where it is hidden. */
  readonly estimateMs?: number;
  readonly agents: AgentsOfQueue;
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
  const [agents, hours] = await Promise.all([readRouted(store, tenant), readHoursOfQueues(store, tenant)]);
  return Promise.all(
    queues.map(async (queue) => {
      const waits = (await readMembers(store, tenant.id, queue.id)).map(({ since }) => now - since);
      const total = waits.reduce((sum, wait) => sum + wait, 0);
      const counted = countAgents(queue, agents);
      const accepted = await recentAcceptances(store, tenant.id, queue.id, now);
      const isClosed = closedUntil(queue, hours, now) !== undefined;
      const facts = { now, accepted, available: counted.available, isClosed };
      const estimateMs = estimateWait(waits.length + 1, facts);
      return {
        id: queue.id,
        name: queue.name,
        size: waits.length,
        maxSize: queue.maxSize ?? usualMaxSize,
        averageWaitMs: waits.length === 0 ? 0 : total / waits.length,
        longestWaitMs: waits.reduce((longest, wait) => Math.max(longest, wait), 0),
        ...(estimateMs === undefined ? {} : { estimateMs }),
        agents: counted,
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
