import type { AgentId, QueueId } from '../../platform/ids.ts';
import type { Tenant } from '../../directory/tenant.ts';
import { queueEntries } from '../../queues/queue-entry.ts';
import type { Store } from '../../store/store.ts';

/** What waits in one of an agent's queues. */
export interface WaitingIn {
  readonly queue: QueueId;
  readonly name: string;
  /** At most {@link counted}. */
  readonly size: number;
  /** Since when the first of them waits. */
  readonly since?: number;
}

/** More than anybody looks at one by one. */
export const counted = 1000;

/** The queues that ask the agent, from the start or from some ring on. */
export function queuesOf(tenant: Tenant, agent: AgentId): QueueId[] {
  return [...tenant.queues].flatMap(([id, { policy }]) =>
    policy.members.includes(agent) || policy.rings.some((ring) => ring.agents.includes(agent)) ? [id] : [],
  );
}

export async function readWaitingOf(store: Store, tenant: Tenant, agent: AgentId): Promise<WaitingIn[]> {
  return Promise.all(
    queuesOf(tenant, agent).map(async (queue) => {
      const found = await store.find(tenant.id, queueEntries, {
        index: 'byQueue',
        equals: [queue],
        limit: counted,
      });
      const waiting = found.filter(({ value }) => value.state === 'waiting').map(({ value }) => value.since);
      return {
        queue,
        name: tenant.queues.get(queue)?.name ?? queue,
        size: waiting.length,
        ...(waiting.length === 0 ? {} : { since: Math.min(...waiting) }),
      };
    }),
  );
}
