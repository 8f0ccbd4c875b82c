import { randomUUID } from 'node:crypto';
import { as, type AgentId, type QueueId, type TenantId } from '../platform/ids.ts';
import type { Accept } from '../delivery/accept.ts';
import type { chosenAvailabilities } from '../directory/agent-work.ts';
import { readAgent, readAgents, type AgentView } from '../directory/agent-view.ts';
import type { Directory } from '../directory/directory.ts';
import type { InputProblem } from '../directory/kept/input-refused.ts';
import type { Tenant } from '../directory/tenant.ts';
import { queueEntries } from '../queues/queue-entry.ts';
import type { QueueMember } from '../queues/queue-members.ts';
import { readMemberViews, type MemberView } from '../routing/members-view.ts';
import { readQueue, readQueues, type QueueView } from '../routing/queue-view.ts';
import type { Store, Write } from '../store/store.ts';
import { dequeueInstructions, type DequeueTo } from './applications/dequeued.ts';
import { routingKey, type ConversationEvent } from './conversation-event.ts';
import type { QueueStatistics } from './queue-statistics.ts';
import { readQueueStatistics, type StatisticsWanted } from './read-queue-statistics.ts';
import { simulateSession, type DescribedSession, type SimulatedRouting } from './simulate-session.ts';

/** Agents and queues for operators, as they stand now. Undefined: the tenant has no such agent or queue. */
export interface RoutingDesk {
  agents(tenant: TenantId): Promise<AgentView[]>;
  agent(tenant: TenantId, id: AgentId): Promise<AgentView | undefined>;
  /**
   * What the agent's own `!available` and so on do; done when it is durable, takes effect in its turn. `also` is in the same commit.
   * False: there is no such agent.
   */
  setAvailability(
    tenant: TenantId,
    id: AgentId,
    availability: (typeof chosenAvailabilities)[number],
    also: readonly Write[],
  ): Promise<boolean>;
  queues(tenant: TenantId): Promise<QueueView[]>;
  queue(tenant: TenantId, id: QueueId): Promise<QueueView | undefined>;
  /** Who waits there, in order. */
  members(tenant: TenantId, id: QueueId): Promise<MemberView[] | undefined>;
  /** Takes somebody out of the queue, to what is said; done when it is durable, takes effect in its turn. Gives what is wrong with it, if anything is. */
  dequeue(
    tenant: TenantId,
    member: QueueMember,
    to: DequeueTo,
    also: readonly Write[],
  ): Promise<InputProblem | undefined>;
  statistics(tenant: TenantId, id: QueueId, wanted: StatisticsWanted): Promise<QueueStatistics | undefined>;
  /** What would happen to such a session now. */
  simulate(tenant: TenantId, session: DescribedSession): Promise<SimulatedRouting | undefined>;
  now(): number;
}

export function createRoutingDesk(options: {
  readonly store: Store;
  readonly directory: Directory;
  readonly now: () => number;
  readonly accept: Accept<ConversationEvent>;
  /** Servers of the operator’s own network, where no session is led by a URL. Default: none. */
  readonly trustedOrigins?: readonly string[];
}): RoutingDesk {
  const { store, directory, now, accept } = options;
  const tenantOf = (id: TenantId): Tenant => {
    const tenant = directory.tenant(id);
    if (tenant === undefined) throw new Error(`tenant ${id} is not declared`);
    return tenant;
  };
  return {
    now,
    agents: async (tenant) => readAgents(store, tenantOf(tenant)),
    agent: async (tenant, id) => readAgent(store, tenantOf(tenant), id),
    async setAvailability(tenant, agent, availability, also) {
      if (!tenantOf(tenant).agents.has(agent)) return false;
      const event = { type: 'availability', agent, availability, by: 'api' } as const;
      // Once by what is written along with it: an id made of the key would stay taken for longer than the key stands for its answer.
      const id = `api:${randomUUID()}`;
      await accept(tenant, [{ id: as(id), key: routingKey, event }], { writes: also });
      return true;
    },
    queues: async (tenant) => readQueues(store, tenantOf(tenant), now()),
    queue: async (tenant, id) => readQueue(store, tenantOf(tenant), id, now()),
    members: async (tenant, id) => readMemberViews(store, tenantOf(tenant), id),
    async dequeue(tenant, { session, queue }, to, also) {
      const read = dequeueInstructions(tenantOf(tenant), queue, to, options.trustedOrigins);
      if ('problem' in read) return read.problem;
      const entry = await store.get(tenant, queueEntries, session);
      // Somebody took it just now: the news would say nothing, so there is none.
      if (entry === undefined) {
        await store.commit(tenant, also);
        return undefined;
      }
      const news = { what: 'dequeue', session, queue, instructions: read.instructions } as const;
      const key = entry.value.conversation;
      await accept(tenant, [{ id: as(`api:${randomUUID()}`), key, event: { type: 'queue', news } }], {
        writes: also,
      });
      return undefined;
    },
    statistics: async (tenant, id, wanted) => readQueueStatistics(store, tenantOf(tenant), id, wanted, now()),
    simulate: async (tenant, session) => simulateSession(store, tenantOf(tenant), session, now()),
  };
}
