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
    ...(record.messageId === undefined ? {} : { messageId: record.messageId }),
  };
}

/** The last of a delivery's retries, or the delivery itself. */
export async function latestTry(
  store: Store,
  tenant: TenantId,
  id: DeliveryId,
): Promise<Stored<DeliveryRecord> | undefined> {
  let latest = await store.get(tenant, deliveries, id);
  while (latest !== undefined) {
    const next = await store.get(tenant, deliveries, nextId(latest.value.id));
    if (next === undefined) break;
    latest = next;
  }
  return latest;
}

function nextId(id: DeliveryId): DeliveryId {
  const [, base = id, count = '0'] = /^(.+)\.r(\d+)$/.exec(id) ?? [];
  const next = `${base}.r${Number(count) + 1}`;
  return next.length <= longestId ? as(next) : derivedId('retry of', id);
}
