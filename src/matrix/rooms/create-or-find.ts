import type { MatrixRoomId, MatrixUserId } from '../../platform/ids.ts';
import type { OurNames } from '../ghosts/our-users.ts';
import { MatrixError } from '../transport/matrix-error.ts';
import type { RoomCalls } from './room-calls.ts';
import type { StateWish } from './state-wish.ts';

export interface NewRoom {
  /** Localpart of the derived alias. */
  readonly alias: string;
  readonly state: readonly StateWish[];
  readonly federate: boolean;
  readonly invite: readonly MatrixUserId[];
  readonly type?: 'm.space';
  readonly version?: string;
}

export interface MadeRoom {
  readonly roomId: MatrixRoomId;
  /** False: it was there, from a time before a crash; what state it has is not known. */
  readonly isNew: boolean;
}

/**
 * Makes a room under a derived alias, or finds the one that was made under it before a crash: the homeserver refuses the
 * alias a second time, so there can be only one. An alias that leads to a room which the bot cannot enter is given to a new room.
 * @throws {MatrixError}
 */
export async function createOrFind(calls: RoomCalls, names: OurNames, room: NewRoom): Promise<MadeRoom> {
  try {
    return { roomId: await calls.create(creation(room)), isNew: true };
  } catch (error) {
    // A lost answer looks like a failure, and the room may be there all the same: the next attempt comes by here.
    if (!(error instanceof MatrixError) || error.errcode !== 'M_ROOM_IN_USE') throw error;
  }
  const alias = names.fullAlias(room.alias);
  const found = await calls.resolveAlias(alias);
  if (found !== undefined && (await canEnter(calls, found))) return { roomId: found, isNew: false };
  await calls.removeAlias(alias);
  return { roomId: await calls.create(creation(room)), isNew: true };
}

function creation(room: NewRoom): object {
  const powerLevels = room.state.find(({ type }) => type === 'm.room.power_levels');
  return {
    visibility: 'private',
    preset: 'private_chat',
    room_alias_name: room.alias,
    invite: room.invite,
    ...(room.version === undefined ? {} : { room_version: room.version }),
    creation_content: {
      ...(room.type === undefined ? {} : { type: room.type }),
      ...(room.federate ? {} : { 'm.federate': false }),
    },
    ...(powerLevels === undefined ? {} : { power_level_content_override: powerLevels.content }),
    initial_state: room.state
      .filter((wish) => wish.room === 'own' && wish !== powerLevels)
      .map(({ type, stateKey, content }) => ({ type, state_key: stateKey, content })),
  };
}

async function canEnter(calls: RoomCalls, room: MatrixRoomId): Promise<boolean> {
  try {
    await calls.join(room);
    return true;
  } catch (error) {
    if (error instanceof MatrixError && (error.status === 403 || error.status === 404)) return false;
    throw error;
  }
}
