import { DeliveryFailure } from '../../delivery/delivery.ts';
import type { ConversationId, MatrixRoomId, MatrixUserId, TenantId } from '../../platform/ids.ts';
import { put, systemTenant } from '../../store/store.ts';
import { isPassing, MatrixError } from '../transport/matrix-error.ts';
import { putState, type RoomParts, type Rooms } from './create-rooms.ts';
import { ownerOf, putOwner, roomOf, rooms, roomStates } from './room-records.ts';
import { ownKey, toldElsewhere } from './state-wish.ts';

/** How long between looks whether the bot was invited to the replacement, and how many before the conversation stays where it was. */
const lookAgainMs = 10_000;
const looks = 60;

/**
 * Carries a conversation on in the room that replaces its room: bot and ghost go there, whoever was in the old room is invited, and
 * from the commit on everything is sent there. May be repeated from anywhere. The old room still leads to the conversation.
 * @throws {DeliveryFailure} `retry` while the bot is not invited, `permanent` after ten minutes of that
 * @throws {MatrixError}
 */
export async function followUpgrade(
  parts: RoomParts & { readonly rooms: Rooms },
  tenant: TenantId,
  conversation: ConversationId,
  move: { readonly from: MatrixRoomId; readonly to: MatrixRoomId; readonly attempts: number },
): Promise<void> {
  const { calls, store, names, homeserver, ghosts, logger } = parts;
  const { from, to } = move;
  const stored = await roomOf(store, tenant, conversation);
  const record = stored?.value;
  if (record === undefined || record.homeserver !== homeserver) return;
  if (record.roomId === from) {
    await refuseForeign(parts, tenant, conversation, to);
    await enter(parts, to, move.attempts < looks);
    if (record.ghost !== undefined) await ghosts.ensureJoined(tenant, to, record.ghost);
    await inviteWhoWasThere(parts, from, to);
    const told = (await store.get(tenant, roomStates, conversation))?.value.told ?? {};
    for (const { room, type, stateKey } of toldElsewhere(told)) {
      if (room !== 'own' && stateKey === ownKey) await calls.setState(room, type, from, {});
    }
    const alias = names.fullAlias(names.roomAlias(tenant, conversation));
    await calls.removeAlias(alias);
    await calls.putAlias(alias, to);
    await store.commit(systemTenant, [putOwner(homeserver, to, tenant, conversation, 'current')]);
    await store.commit(tenant, [
      put(rooms, conversation, { ...record, roomId: to }, stored?.version ?? 'absent'),
      putState(conversation, { roomId: to, told: {}, followed: true }),
    ]);
    logger.info({ tenant, conversation, from, to }, 'A conversation moved to the replacement of its room');
  } else if (record.roomId !== to) {
    return;
  }
  try {
    await parts.rooms.refresh(tenant, conversation);
  } catch (error) {
    if (!(error instanceof MatrixError) || isPassing(error)) throw error;
    logger.warn(
      { tenant, room: to, err: error },
      'The bot has not the rights to keep name and topic of the new room',
    );
  }
}

/** A tombstone may name any room, the room of another conversation or tenant too. */
async function refuseForeign(
  parts: RoomParts,
  tenant: TenantId,
  conversation: ConversationId,
  room: MatrixRoomId,
): Promise<void> {
  const owner = await ownerOf(parts.store, parts.homeserver, room);
  if (owner === undefined || (owner.tenant === tenant && owner.conversation === conversation)) return;
  throw new DeliveryFailure({
    kind: 'permanent',
    certain: true,
    reason: 'the new room belongs to another conversation',
  });
}

async function enter(parts: RoomParts, room: MatrixRoomId, mayWait: boolean): Promise<void> {
  try {
    await parts.calls.join(room);
  } catch (error) {
    if (!(error instanceof MatrixError) || error.status !== 403) throw error;
    throw new DeliveryFailure(
      {
        kind: mayWait ? 'retry' : 'permanent',
        certain: true,
        reason: `the bot is not invited to the new room: invite ${parts.names.bot} there`,
        retryAfterMs: lookAgainMs,
      },
      { cause: error },
    );
  }
}

async function inviteWhoWasThere(parts: RoomParts, from: MatrixRoomId, to: MatrixRoomId): Promise<void> {
  const { calls, names, logger } = parts;
  const there = await calls.joinedMembers(from);
  const already = new Set<MatrixUserId>(await calls.joinedMembers(to));
  for (const user of there.filter((member) => !names.isOurs(member) && !already.has(member))) {
    try {
      await calls.invite(to, user, 'The conversation goes on in this room');
    } catch (error) {
      if (!(error instanceof MatrixError) || isPassing(error)) throw error;
      logger.debug({ room: to, user, err: error }, 'A member of the old room was not invited to the new one');
    }
  }
}
