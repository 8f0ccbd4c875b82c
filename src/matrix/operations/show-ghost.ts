import type { DeliveryRecord, Taken } from '../../delivery/delivery.ts';
import type { TenantId } from '../../platform/ids.ts';
import type { RoomOperation } from '../room-operation.ts';
import { MatrixError } from '../transport/matrix-error.ts';
import type { OperationContext } from './context.ts';
import { speak } from './speak.ts';

/** The ghost of an agent's endpoint is in the room as long as the agent has the session there. @throws {MatrixError} */
export async function showGhost(
  context: OperationContext,
  tenant: TenantId,
  { conversation }: DeliveryRecord<RoomOperation>,
  { ghost, isIn }: Extract<RoomOperation, { readonly kind: 'ghost' }>,
): Promise<Taken> {
  const { calls, ghosts, names, rooms } = context;
  if (isIn) {
    await speak(context, tenant, conversation, ghost, async () => undefined);
    return {};
  }
  const record = await rooms.known(tenant, conversation);
  if (record === undefined) return {};
  const user = names.ghostOf(tenant, ghost.endpoint);
  try {
    await calls.leave(record.roomId, user);
  } catch (error) {
    // It is not there: nothing is left to do.
    if (!(error instanceof MatrixError) || (error.status !== 403 && error.status !== 404)) throw error;
  }
  await ghosts.forgetJoined(tenant, record.roomId, user);
  return {};
}
