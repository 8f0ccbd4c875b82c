import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { MediaReference } from '../../message/message.ts';
import type { MatrixRoomId, MatrixUserId, TenantId } from '../../platform/ids.ts';
import type { Logger } from '../../platform/log.ts';
import type { Store } from '../../store/store.ts';
import type { MediaToRoom } from '../media/media-to-room.ts';
import type { RoomCalls } from '../rooms/room-calls.ts';
import type { SingleFlight } from '../rooms/single-flight.ts';
import { matrixPath, type HomeserverClient } from '../transport/homeserver-client.ts';
import { MatrixError } from '../transport/matrix-error.ts';
import { localpartOf, registerUser } from './register-user.ts';
import { ghosts, hasJoined, putGhost, putJoined, removeJoined, type GhostRecord } from './ghost-records.ts';

export interface GhostProfile {
  readonly name: string;
  readonly avatar?: MediaReference;
}

/** The ghosts on one homeserver. What they were told is kept in the store: a restart tells them nothing again. */
export interface Ghosts {
  /**
   * Registers the ghost and gives it its name and picture where they are not as told last. A picture that cannot be had is left out
   * and logged: it holds up no message. Gives the picture's `mxc://` address. @throws {MatrixError}
   */
  ensure(
    tenant: TenantId,
    ghost: MatrixUserId,
    profile: GhostProfile,
  ): Promise<{ readonly avatarMxc?: string }>;
  /** Makes sure that the ghost is in the room, invited by the bot where it must be. @throws {MatrixError} */
  ensureJoined(tenant: TenantId, room: MatrixRoomId, ghost: MatrixUserId): Promise<void>;
  /** The homeserver says otherwise than our records: registers and joins whatever they say. @throws {MatrixError} */
  heal(tenant: TenantId, room: MatrixRoomId, ghost: MatrixUserId): Promise<void>;
  /** The ghost is no longer in a room. */
  forgetJoined(tenant: TenantId, room: MatrixRoomId, ghost: MatrixUserId): Promise<void>;
}

/** Homeservers refuse longer names. */
const longestName = 255;
const largestAvatar = 8 * 1024 * 1024;

export function createGhosts(parts: {
  readonly client: HomeserverClient;
  readonly calls: RoomCalls;
  readonly store: Store;
  readonly media: MediaToRoom;
  readonly logger: Logger;
  /** One after the other for each ghost: its record is read, changed and written. */
  readonly oneAtATime: SingleFlight;
}): Ghosts {
  const { client, calls, store, media, logger, oneAtATime } = parts;

  const register = async (ghost: MatrixUserId): Promise<void> => {
    await registerUser(client, localpartOf(ghost));
  };

  const setProfile = async (
    ghost: MatrixUserId,
    key: 'displayname' | 'avatar_url',
    value: string,
  ): Promise<void> => {
    await client.request({
      method: 'PUT',
      path: matrixPath`/_matrix/client/v3/profile/${ghost}/${key}`,
      body: { [key]: value },
      actAs: ghost,
      schema: z.unknown(),
      name: key,
    });
  };

  const avatarFor = async (
    tenant: TenantId,
    reference: MediaReference,
    known: GhostRecord['avatar'],
  ): Promise<GhostRecord['avatar']> => {
    const source = JSON.stringify(reference.source);
    if (known?.source === source) return known;
    try {
      const picture = await media.bytes(tenant, reference, largestAvatar);
      const sha256 = createHash('sha256').update(picture.bytes).digest('hex');
      if (known?.sha256 === sha256) return { ...known, source };
      const mxc = await client.upload({ body: picture.bytes, mimeType: picture.mimeType });
      return { source, sha256, mxc };
    } catch (error) {
      logger.warn({ err: error, tenant }, 'A ghost goes without its picture for now');
      return known;
    }
  };

  const ensure = async (
    tenant: TenantId,
    ghost: MatrixUserId,
    profile: GhostProfile,
  ): Promise<{ readonly avatarMxc?: string }> => {
    const stored = await store.get(tenant, ghosts, ghost);
    const before: GhostRecord = stored?.value ?? {};
    if (stored === undefined) await register(ghost);
    const displayName = Array.from(profile.name.toWellFormed()).slice(0, longestName).join('');
    if (before.displayName !== displayName) await setProfile(ghost, 'displayname', displayName);
    const avatar =
      profile.avatar === undefined ? before.avatar : await avatarFor(tenant, profile.avatar, before.avatar);
    if (avatar !== undefined && avatar.mxc !== before.avatar?.mxc)
      await setProfile(ghost, 'avatar_url', avatar.mxc);
    if (stored === undefined || before.displayName !== displayName || before.avatar !== avatar) {
      const record = { ...before, displayName, ...(avatar === undefined ? {} : { avatar }) };
      await store.commit(tenant, [putGhost(ghost, record)]);
    }
    return avatar === undefined ? {} : { avatarMxc: avatar.mxc };
  };

  const join = async (tenant: TenantId, room: MatrixRoomId, ghost: MatrixUserId): Promise<void> => {
    try {
      await calls.join(room, ghost);
    } catch (error) {
      if (!(error instanceof MatrixError) || error.status !== 403) throw error;
      await inviteUnlessIn(calls, room, ghost);
      await calls.join(room, ghost);
    }
    await store.commit(tenant, [putJoined(room, ghost)]);
  };

  return {
    ensure: (tenant, ghost, profile) => oneAtATime(ghost, () => ensure(tenant, ghost, profile)),
    async ensureJoined(tenant, room, ghost) {
      if (await hasJoined(store, tenant, room, ghost)) return;
      await join(tenant, room, ghost);
    },
    async heal(tenant, room, ghost) {
      await oneAtATime(ghost, () => register(ghost));
      await join(tenant, room, ghost);
    },
    async forgetJoined(tenant, room, ghost) {
      if (!(await hasJoined(store, tenant, room, ghost))) return;
      await store.commit(tenant, [removeJoined(room, ghost)]);
    },
  };
}

/** An invitation of somebody who is in the room is refused with 403, as is one that we may not give. */
async function inviteUnlessIn(calls: RoomCalls, room: MatrixRoomId, user: MatrixUserId): Promise<void> {
  try {
    await calls.invite(room, user);
  } catch (error) {
    if (!(error instanceof MatrixError) || error.status !== 403) throw error;
    const membership = await calls.membership(room, user);
    if (membership === 'ban') throw error;
    if (membership !== 'join' && membership !== 'invite') throw error;
  }
}
