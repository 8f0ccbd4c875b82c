import { derivedId } from '../platform/derived-id.ts';
import { as, type DeliveryId, type TenantId } from '../platform/ids.ts';
import type { Store, Stored } from '../store/store.ts';
import { deliveries } from './collections.ts';
import type { DeliveryRecord, NewDelivery } from './delivery.ts';

const longestId = 64;

/**
 * The same thing once more, at the end of its key's queue: what a decision adds when an agent asks for a failed or unclear delivery
 * to be sent again. The id counts up (`<id>.r1`, `<id>.r2`), so that asking twice sends once.
 */
export function retryOf<Operation>(record: DeliveryRecord<Operation>): NewDelivery<Operation> {
  return {
    id: nextId(record.id),
    key: record.key,
    conversation: record.conversation,
    operation: record.operation,
    tell: record.tell,
    retryOf: record.id,
    ...(record.messageId === undefined ? {} : { messageId: record.messageId }),
  };
}

/** A delivery and its retries, in the order in which they were made; empty where there is no such delivery. */
export async function allTries(
  store: Store,
  tenant: TenantId,
  id: DeliveryId,
): Promise<Stored<DeliveryRecord>[]> {
  const tries: Stored<DeliveryRecord>[] = [];
  for (let next = await store.get(tenant, deliveries, id); next !== undefined;) {
    tries.push(next);
    next = await store.get(tenant, deliveries, nextId(next.value.id));
  }
  return tries;
}

/** The last of a delivery's retries, or the delivery itself. */
export async function latestTry(
  store: Store,
  tenant: TenantId,
  id: DeliveryId,
): Promise<Stored<DeliveryRecord> | undefined> {
  return (await allTries(store, tenant, id)).at(-1);
}

function nextId(id: DeliveryId): DeliveryId {
  const [, base = id, count = '0'] = /^(.+)\.r(\d+)$/.exec(id) ?? [];
  const next = `${base}.r${Number(count) + 1}`;
  return next.length <= longestId ? as(next) : derivedId('retry of', id);
}
