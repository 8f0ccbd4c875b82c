import type { Tenant } from '../../directory/tenant.ts';
import type { Store } from '../../store/store.ts';
import { readQueues } from '../queue-view.ts';
import type { QueueLoad } from './rule-facts.ts';

/** How the tenant's queues stand now, by id. */
export async function readLoad(
  store: Store,
  tenant: Tenant,
  now: number,
): Promise<Record<string, QueueLoad>> {
  const views = await readQueues(store, tenant, now);
  return Object.fromEntries(
    views.map(({ id, size, longestWaitMs, agents: { available, free } }) => [
      id,
      { waiting: size, longestWait: longestWaitMs / 1000, available, free },
    ]),
  );
}
