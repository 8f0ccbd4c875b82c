import {
  as,
  type ConversationId,
  type HomeserverId,
  type MatrixRoomId,
  type MatrixUserId,
  type TenantId,
} from '../../platform/ids.ts';
import {
  defineCollection,
  put,
  systemTenant,
  type Store,
  type Stored,
  type Write,
} from '../../store/store.ts';
import type { RoomRecord } from '../room-operation.ts';

/** Rooms of conversations. Id: the conversation. */
export const rooms = defineCollection<RoomRecord>('rooms');

/** Whose room a room is; the installation's own record, because events name the room only. Id: homeserver and room. */
interface RoomOwner {
  readonly tenant: TenantId;
  readonly conversation: ConversationId;
  /** `awaited`: a tombstone names it as the next room; nothing in it counts until we followed. */
  readonly state: 'current' | 'awaited';
}
const roomOwners = defineCollection<RoomOwner>('room-owners');

/**
 * What a conversation's room was told last: fingerprints of state contents by {@link stateName}. Only what differs is sent again.
 * Id: the conversation.
 */
export interface RoomStateRecord {
  readonly roomId: MatrixRoomId;
  readonly told: Readonly<Record<string, string>>;
  /** Made by somebody else as a room's replacement: its rights are its maker's affair. */
  readonly followed?: true;
}
export const roomStates = defineCollection<RoomStateRecord>('room-states');

/** A space of a tenant (id `tenant`) or of one of its queues (id `queue:<queue>`). */
export interface SpaceRecord {
  readonly roomId: MatrixRoomId;
  readonly told: Readonly<Record<string, string>>;
  /** Who was invited once; whoever left is not asked again. */
  readonly invited: readonly MatrixUserId[];
}
export const spaces = defineCollection<SpaceRecord>('spaces');

export async function roomOf(
  store: Store,
  tenant: TenantId,
  conversation: ConversationId,
): Promise<Stored<RoomRecord> | undefined> {
  return store.get(tenant, rooms, conversation);
}

export async function ownerOf(
  store: Store,
  homeserver: HomeserverId,
  room: string,
): Promise<RoomOwner | undefined> {
  return (await store.get(systemTenant, roomOwners, `${homeserver}|${room}`))?.value;
}

/** A write of the system tenant. Comes before the room's own record: an event must never find a room that belongs to nobody. */
export function putOwner(
  homeserver: HomeserverId,
  room: MatrixRoomId,
  tenant: TenantId,
  conversation: ConversationId,
  state: RoomOwner['state'],
): Write {
  const owner: RoomOwner = { tenant, conversation, state };
  return put(roomOwners, as(`${homeserver}|${room}`), owner, 'any');
}
