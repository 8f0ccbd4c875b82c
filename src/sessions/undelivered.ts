import { deliveries } from '../delivery/collections.ts';
import type { DeliveryRecord, DeliveryStatus } from '../delivery/delivery.ts';
import { lineLeg, roomLeg } from '../delivery/message-links.ts';
import { latestTry } from '../delivery/retry-of.ts';
import type { ConversationId, TenantId } from '../platform/ids.ts';
import type { Store } from '../store/store.ts';
import type { ConversationOperation } from './conversation-event.ts';
import { connectedAgents, type SessionRecord } from './session.ts';

type Delivery = DeliveryRecord<ConversationOperation>;

/** Of each leg and status, the newest that are looked at. */
const looked = 100;
const statuses: readonly DeliveryStatus[] = ['failed', 'unclear'];

/**
 * Messages that did not, or perhaps did not, reach the customer, the room, or an agent who has the session outside Matrix, and were not sent
 * again since; oldest first.
 */
export async function undelivered(
  store: Store,
  tenant: TenantId,
  conversation: ConversationId,
  session: SessionRecord | undefined,
): Promise<Delivery[]> {
  const talking = session === undefined ? [] : connectedAgents(session);
  const endpoints = talking.flatMap(({ endpoint }) =>
    endpoint === undefined ? [] : [lineLeg(endpoint.key)],
  );
  const legs = [lineLeg(conversation), roomLeg(conversation), ...endpoints];
  const found = await Promise.all(
    legs.flatMap((leg) =>
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
  const untried: Delivery[] = [];
  for (const { value } of found.flat()) {
    if (value.messageId === undefined || !concerns(value as Delivery, session)) continue;
    const latest = await latestTry(store, tenant, value.id);
    if (latest?.value.id === value.id) untried.push(value as Delivery);
  }
  return untried.sort((a, b) => a.sequence - b.sequence);
}

/** What went to an agent's endpoint: of this session, and since they have it there. */
function concerns({ operation, createdAt }: Delivery, session: SessionRecord | undefined): boolean {
  const purpose = operation.on === 'line' ? operation.operation.endpoint : undefined;
  if (purpose === undefined) return true;
  if (session === undefined || purpose.session !== session.id) return false;
  return connectedAgents(session).some(({ agent, since }) => agent === purpose.agent && since <= createdAt);
}
