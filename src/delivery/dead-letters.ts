import type { Clock } from '../platform/clock.ts';
import type { DeliveryId, TenantId } from '../platform/ids.ts';
import { Conflict, put, type Store, type Write } from '../store/store.ts';
import { deliveries } from './collections.ts';
import type { DeliveryRecord } from './delivery.ts';
import { pageOf, type Page, type PageWanted } from './page.ts';
import { latestTry } from './retry-of.ts';

/** What an operator may ask for: given up, not known to have arrived, or still on its way. */
export const deliveryStates = ['failed', 'unclear', 'pending'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

/** Deliveries of a tenant that are in a state, oldest first. What was sent again, or dropped, is no longer among the failed and unclear. */
export async function listDeliveries(
  store: Store,
  tenant: TenantId,
  state: DeliveryState,
  wanted: PageWanted<DeliveryRecord>,
): Promise<Page<DeliveryRecord>> {
  const query =
    state === 'pending' ? { index: 'byQueued', equals: [true] } : { index: 'byTrouble', equals: [state] };
  const page = pageOf(await store.find(tenant, deliveries, { ...query, ...wanted }), wanted.limit);
  if (state === 'pending') return page;
  const latest = await Promise.all(page.found.map(async ({ value }) => latestTry(store, tenant, value.id)));
  return { ...page, found: page.found.filter(({ value }, index) => latest[index]?.value.id === value.id) };
}

/**
 * Takes a delivery off the list of what was not delivered; the ledger still tells of it, and agents can still send it again.
 * False where it is not (or no longer) on the list, or something of `also`, which goes into the same commit, conflicts.
 */
export async function dropDelivery(
  store: Store,
  clock: Clock,
  tenant: TenantId,
  id: DeliveryId,
  also: readonly Write[] = [],
): Promise<boolean> {
  const found = await store.get(tenant, deliveries, id);
  if (found?.value.trouble === undefined) return false;
  const { trouble: _, ...rest } = found.value;
  try {
    const dropped = put(deliveries, id, { ...rest, droppedAt: clock.now() }, found.version);
    await store.commit(tenant, [dropped, ...also]);
    return true;
  } catch (error) {
    if (error instanceof Conflict) return false;
    throw error;
  }
}
