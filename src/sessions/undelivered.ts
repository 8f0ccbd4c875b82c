import { deliveries } from '../delivery/collections.ts';
import type { DeliveryRecord, DeliveryStatus } from '../delivery/delivery.ts';
import { lineLeg, roomLeg } from '../delivery/message-links.ts';
import { latestTry } from '../delivery/retry-of.ts';
import type { ConversationId, TenantId } from '../platform/ids.ts';
import type { Store } from '../store/store.ts';
import type { ConversationOperation } from './conversation-event.ts';

/** Of each leg and status, the newest that are looked at. */
const looked = 100;
const statuses: readonly DeliveryStatus[] = ['failed', 'unclear'];

/** Messages that did not, or perhaps did not, reach the customer or the room, and were not sent again since; oldest first. */
export async function undelivered(
  store: Store,
  tenant: TenantId,
  conversation: ConversationId,
): Promise<DeliveryRecord<ConversationOperation>[]> {
  const found = await Promise.all(
    [lineLeg(conversation), roomLeg(conversation)].flatMap((leg) =>
      statuses.map(async (status) =>
        store.find(tenant, deliveries, {
          index: 'byStatus',
          equals: [leg, status],
          descending: true,
          limit: looked,
        }),
      ),
    ),
  );
  const untried: DeliveryRecord<ConversationOperation>[] = [];
  for (const { value } of found.flat()) {
    if (value.messageId === undefined) continue;
    const latest = await latestTry(store, tenant, value.id);
    if (latest?.value.id === value.id) untried.push(value as DeliveryRecord<ConversationOperation>);
  }
  return untried.sort((a, b) => a.sequence - b.sequence);
}
