import type { MatrixRoomId, MatrixUserId, TenantId } from '../../platform/ids.ts';
import { defineCollection, put, remove, type Store, type Write } from '../../store/store.ts';

/**
 * What the homeserver was last told of a ghost. That it is there says that the ghost is registered. Id: the ghost's user id.
 * The bot's, which is no tenant's, stands with the installation.
 */
export interface GhostRecord {
  readonly displayName?: string;
  readonly avatar?: GhostAvatar;
  /** Made on the homeserver, and heeded there. */
  readonly device?: string;
}

export interface GhostAvatar {
  /** Where it came from, so that the same reference is not fetched again. */
  readonly source: string;
  /** Of its bytes, so that the same picture under another reference is not uploaded again. */
  readonly sha256: string;
  readonly mxc: string;
}

export const ghosts = defineCollection<GhostRecord>('ghosts');

/** Rooms that users of ours have joined, as far as we know. Id: room and user. Absent: not known to be joined. */
interface MembershipRecord {
  readonly membership: 'join';
}
const memberships = defineCollection<MembershipRecord>('memberships');

export function putGhost(ghost: MatrixUserId, record: GhostRecord): Write {
  return put(ghosts, ghost, record, 'any');
}

export function putJoined(room: MatrixRoomId, user: MatrixUserId): Write {
  return put(memberships, `${room}|${user}`, { membership: 'join' }, 'any');
}

export function removeJoined(room: MatrixRoomId, user: MatrixUserId): Write {
  return remove(memberships, `${room}|${user}`, 'any');
}

export async function hasJoined(
  store: Store,
  tenant: TenantId,
  room: MatrixRoomId,
  user: MatrixUserId,
): Promise<boolean> {
  return (await store.get(tenant, memberships, `${room}|${user}`)) !== undefined;
}
