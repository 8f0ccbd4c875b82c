import { DeliveryFailure } from '../../delivery/delivery.ts';
import { derivedId } from '../../platform/derived-id.ts';
import type { DeliveryId, MatrixUserId, TenantId, ConversationId } from '../../platform/ids.ts';
import type { EndpointGhost, RoomRecord } from '../room-operation.ts';
import { isPassing, MatrixError } from '../transport/matrix-error.ts';
import type { OperationContext } from './context.ts';

/** Who acts in a room: the contact's ghost, the ghost of an agent's endpoint, or the bot. */
export type Speaker = 'contact' | 'bot' | EndpointGhost;

/**
 * Carries out a call in a conversation's room as one of our users. Where the homeserver says that this user may not, which is what
 * it says when our memory of memberships is wrong (a removed ghost, a restored backup), mends that once and tries again.
 * A room into which the bot has no way back is replaced.
 */
export async function speak<T>(
  context: OperationContext,
  tenant: TenantId,
  conversation: ConversationId,
  speaker: Speaker,
  call: (room: RoomRecord, actAs: MatrixUserId | undefined) => Promise<T>,
): Promise<T> {
  const { ghosts, rooms, calls, names } = context;
  const record = await roomFor(context, tenant, conversation);
  const actAs = (room: RoomRecord): MatrixUserId | undefined => {
    if (speaker === 'bot') return undefined;
    return speaker === 'contact' ? room.ghost : names.ghostOf(tenant, speaker.endpoint);
  };
  const ghost = actAs(record);
  try {
    if (ghost !== undefined) {
      if (typeof speaker === 'object') await ghosts.ensure(tenant, ghost, speaker);
      await ghosts.ensureJoined(tenant, record.roomId, ghost);
    }
    return await call(record, ghost);
  } catch (error) {
    if (!isForbidden(error)) throw error;
  }
  // The bot comes first: without it nobody can be invited.
  if (!(await isBotIn())) {
    const fresh = await rooms.replaceLost(tenant, conversation);
    if (typeof speaker === 'object' && ghost !== undefined)
      await ghosts.ensureJoined(tenant, fresh.roomId, ghost);
    return call(fresh, actAs(fresh));
  }
  if (ghost !== undefined) await ghosts.heal(tenant, record.roomId, ghost);
  return call(record, ghost);

  async function isBotIn(): Promise<boolean> {
    try {
      await calls.join(record.roomId);
      return true;
    } catch (error) {
      if (isForbidden(error)) return false;
      throw error;
    }
  }
}

/**
 * Without its room nobody would see that a message failed. So a homeserver that refuses to make one is waited for, like one that
 * is down: an operator has to change something there.
 */
async function roomFor(
  context: OperationContext,
  tenant: TenantId,
  conversation: ConversationId,
): Promise<RoomRecord> {
  try {
    return await context.rooms.ensure(tenant, conversation);
  } catch (error) {
    if (!(error instanceof MatrixError) || isPassing(error) || error.status === 401) throw error;
    const reason = `the room cannot be made: ${error.message}`;
    throw new DeliveryFailure({ kind: 'unreachable', certain: true, reason }, { cause: error });
  }
}

/** As records name them. */
export function nameOfSpeaker(speaker: Speaker): string {
  return typeof speaker === 'string' ? speaker : speaker.endpoint;
}

/** 404: the room is gone altogether. */
function isForbidden(error: unknown): boolean {
  return error instanceof MatrixError && (error.status === 403 || error.status === 404);
}

/** Names tenant, room and user beside the delivery: Synapse's memory of transactions is one for all users of an application service. */
export function transactionId(
  tenant: TenantId,
  room: RoomRecord,
  actAs: MatrixUserId | undefined,
  delivery: DeliveryId,
  part: string | number = '',
): string {
  return derivedId('txn', tenant, room.roomId, actAs ?? 'bot', delivery, part);
}
