import type { DeliveryRecord, Taken } from '../../delivery/delivery.ts';
import type { TenantId } from '../../platform/ids.ts';
import type { RoomOperation } from '../room-operation.ts';
import type { OperationContext } from './context.ts';
import { eventsOf } from './room-relations.ts';
import { speak } from './speak.ts';

/** A read receipt at the last part of a message; nothing where the room never had it. @throws {MatrixError} */
export async function markRead(
  context: OperationContext,
  tenant: TenantId,
  delivery: DeliveryRecord<RoomOperation>,
  operation: Extract<RoomOperation, { readonly kind: 'receipt' }>,
): Promise<Taken> {
  const { conversation } = delivery;
  const event = (await eventsOf(context.store, tenant, conversation, operation.about)).at(-1);
  if (event === undefined) return {};
  await speak(context, tenant, conversation, operation.as, (room, actAs) =>
    context.calls.markRead(room.roomId, event, actAs),
  );
  return {};
}
