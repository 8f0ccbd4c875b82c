import { DeliveryFailure, type DeliveryRecord, type Taken } from '../../delivery/delivery.ts';
import type { MatrixUserId, TenantId } from '../../platform/ids.ts';
import type { RoomOperation } from '../room-operation.ts';
import { MatrixError } from '../transport/matrix-error.ts';
import type { OperationContext } from './context.ts';
import { speak } from './speak.ts';

/** Invites an agent; whoever is in the room or invited already, stays so. @throws {DeliveryFailure} `permanent`, with the reason @throws {MatrixError} */
export async function invite(
  context: OperationContext,
  tenant: TenantId,
  delivery: DeliveryRecord<RoomOperation>,
  operation: Extract<RoomOperation, { readonly kind: 'invite' }>,
): Promise<Taken> {
  const { calls, domain } = context;
  const { user, reason } = operation;
  if (user.endsWith(`:${domain}`) && !(await exists(context, user))) {
    throw new DeliveryFailure({
      kind: 'permanent',
      certain: true,
      reason: `there is no Matrix user ${user}`,
    });
  }
  await speak(context, tenant, delivery.conversation, 'bot', async ({ roomId }) => {
    try {
      await calls.invite(roomId, user, reason);
    } catch (error) {
      if (!(error instanceof MatrixError) || error.status !== 403) throw error;
      // The homeserver refuses invitations of members with the same code as forbidden ones. Where the bot itself is out, this throws 403 too.
      const membership = await calls.membership(roomId, user);
      if (membership === 'join' || membership === 'invite') return;
      if (membership !== 'ban') throw error;
      throw new DeliveryFailure({
        kind: 'permanent',
        certain: true,
        reason: `${user} is banned from the room`,
      });
    }
  });
  return {};
}

/** Asked once of each user: accounts do not go away often, and an invitation more or less hurts nobody. */
async function exists(context: OperationContext, user: MatrixUserId): Promise<boolean> {
  const { knownUsers, calls } = context;
  if (knownUsers.get(user) === true) return true;
  if ((await calls.userExists(user)) === false) return false;
  knownUsers.set(user, true);
  return true;
}

/** Ends a membership or withdraws an invitation. Where there is neither, or no room, nothing is to be done. @throws {MatrixError} */
export async function remove(
  context: OperationContext,
  tenant: TenantId,
  delivery: DeliveryRecord<RoomOperation>,
  operation: Extract<RoomOperation, { readonly kind: 'remove' }>,
): Promise<Taken> {
  const { calls, rooms } = context;
  const { user, reason } = operation;
  const record = await rooms.known(tenant, delivery.conversation);
  if (record === undefined) return {};
  try {
    await calls.kick(record.roomId, user, reason);
  } catch (error) {
    if (!(error instanceof MatrixError) || (error.status !== 403 && error.status !== 404)) throw error;
    const membership = await membershipSeen(context, record.roomId, user);
    if (membership === 'join' || membership === 'invite' || membership === 'knock') throw error;
  }
  return {};
}

/** A bot that is out of the room removes nobody, and sees nobody. */
async function membershipSeen(
  context: OperationContext,
  room: Parameters<OperationContext['calls']['membership']>[0],
  user: MatrixUserId,
): Promise<string | undefined> {
  try {
    return await context.calls.membership(room, user);
  } catch (error) {
    if (error instanceof MatrixError && error.status === 403) return undefined;
    throw error;
  }
}
