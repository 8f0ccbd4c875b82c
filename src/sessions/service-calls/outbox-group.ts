import type { TenantId } from '../../platform/ids.ts';
import type { DeliveryRecord } from '../../delivery/delivery.ts';
import type { ConversationOperation } from '../conversation-event.ts';

/** Which deliveries share what there is of places on the way out: an application that is slow holds up only itself, not other legs and applications. */
export function outboxGroup(
  tenant: TenantId,
  { key, operation }: DeliveryRecord<ConversationOperation>,
): string {
  const leg = `${tenant} ${key.split(':', 1)[0] ?? ''}`;
  // A webhook that is slow takes the places of no other.
  if (operation.on === 'hook') return `${leg} ${operation.operation.hook}`;
  if (operation.on !== 'service' || operation.operation.kind !== 'application') return leg;
  const { application } = operation.operation.request;
  return `${leg} ${URL.parse(application)?.host ?? application}`;
}
