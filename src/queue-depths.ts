import type { Delivery } from './delivery/delivery-engine.ts';
import type { Directory } from './directory/directory.ts';
import type { Depth } from './platform/metrics.ts';

/** How much waits, and what is in quarantine, for the metrics. */
export async function queueDepths<Event, Operation>(
  { depths, quarantine }: Pick<Delivery<Event, Operation>, 'depths' | 'quarantine'>,
  directory: Directory,
): Promise<Depth[]> {
  const { inbox, outbox } = depths();
  const setAside = directory.tenants().map(async ({ id }) => ({
    queue: 'quarantine' as const,
    tenant: id,
    depth: (await quarantine.list(id, { limit: 1000 })).found.length,
  }));
  return [
    { queue: 'inbox', tenant: 'all', depth: inbox.items },
    { queue: 'outbox', tenant: 'all', depth: outbox.items },
    ...(await Promise.all(setAside)),
  ];
}
