import { crashPoint } from '../../platform/crash-point.ts';
import type {
  ConversationId,
  HomeserverId,
  MatrixRoomId,
  MatrixUserId,
  TenantId,
} from '../../platform/ids.ts';
import type { Logger } from '../../platform/log.ts';
import { put, systemTenant, type Store, type Write } from '../../store/store.ts';
import type { Ghosts } from '../ghosts/create-ghosts.ts';
import type { OurNames } from '../ghosts/our-users.ts';
import type { MatrixHooks } from '../matrix-side.ts';
import type { RoomDescription, RoomRecord } from '../room-operation.ts';
import { isPassing, MatrixError } from '../transport/matrix-error.ts';
import { conversationState } from './conversation-state.ts';
import { createOrFind } from './create-or-find.ts';
import type { Spaces, SpacesOfRoom } from './create-spaces.ts';
import type { RoomCalls } from './room-calls.ts';
import { putOwner, roomOf, rooms, roomStates, type RoomStateRecord } from './room-records.ts';
import type { RoomVersion } from './room-version.ts';
import { stateChanges, type StateWish } from './state-wish.ts';
import { tellState } from './tell-state.ts';

export interface RoomParts {
  readonly calls: RoomCalls;
  readonly store: Store;
  readonly names: OurNames;
  readonly homeserver: HomeserverId;
  readonly domain: string;
  readonly ghosts: Ghosts;
  readonly spaces: Spaces;
  readonly roomVersion: RoomVersion;
  readonly describe: MatrixHooks['describe'];
  readonly logger: Logger;
}

/** The rooms of conversations on one homeserver. */
export interface Rooms {
  /** Made with its ghost and spaces where there is none. @throws {MatrixError} */
  ensure(tenant: TenantId, conversation: ConversationId): Promise<RoomRecord>;
  known(tenant: TenantId, conversation: ConversationId): Promise<RoomRecord | undefined>;
  /** Sends what differs from what room, ghost and spaces were told last. @throws {MatrixError} */
  refresh(tenant: TenantId, conversation: ConversationId): Promise<RoomRecord>;
  /** The bot has no way back into the room: a new one takes its place, to which the supervisors are invited. @throws {MatrixError} */
  replaceLost(tenant: TenantId, conversation: ConversationId): Promise<RoomRecord>;
}

export function createRooms(parts: RoomParts): Rooms {
  const { calls, store, names, homeserver, domain, ghosts, spaces, roomVersion, describe, logger } = parts;

  /** A tenant without its space still gets its messages. */
  const spacesOf = async (description: RoomDescription): Promise<SpacesOfRoom | undefined> => {
    try {
      return await spaces.ensure(description);
    } catch (error) {
      if (!(error instanceof MatrixError) || isPassing(error)) throw error;
      logger.warn({ tenant: description.tenant, err: error }, 'The spaces of a tenant cannot be made');
      return undefined;
    }
  };

  const wishesFor = async (
    description: RoomDescription,
    ghost: MatrixUserId | undefined,
  ): Promise<StateWish[]> => {
    const avatarMxc =
      ghost === undefined || description.ghost === undefined
        ? undefined
        : (await ghosts.ensure(description.tenant, ghost, description.ghost)).avatarMxc;
    const shownIn = await spacesOf(description);
    return conversationState(description, {
      bot: names.bot,
      domain,
      ...(await roomVersion()),
      ...(avatarMxc === undefined ? {} : { avatarMxc }),
      ...(shownIn === undefined ? {} : { spaces: shownIn }),
    });
  };

  const make = async (
    tenant: TenantId,
    conversation: ConversationId,
    options: { readonly version: number | undefined; readonly inviteSupervisors: boolean },
  ): Promise<RoomRecord> => {
    const description = await describe(tenant, conversation);
    const ghost =
      description.ghost === undefined ? undefined : names.ghostOf(tenant, description.ghost.contact);
    const wishes = await wishesFor(description, ghost);
    const made = await createOrFind(calls, names, {
      alias: names.roomAlias(tenant, conversation),
      state: wishes,
      federate: description.federate,
      invite: ghost === undefined ? [] : [ghost],
    });
    crashPoint('room-created-before-commit');
    await tellState(calls, made.roomId, made.isNew ? wishes.filter(({ room }) => room !== 'own') : wishes);
    if (ghost !== undefined) await ghosts.ensureJoined(tenant, made.roomId, ghost);
    if (options.inviteSupervisors) await inviteAll(made.roomId, description.supervisors);
    const record: RoomRecord = {
      roomId: made.roomId,
      homeserver,
      ...(ghost === undefined ? {} : { ghost }),
    };
    await store.commit(systemTenant, [putOwner(homeserver, made.roomId, tenant, conversation, 'current')]);
    await store.commit(tenant, [
      put(rooms, conversation, record, options.version ?? 'absent'),
      putState(conversation, { roomId: made.roomId, told: stateChanges({}, wishes).told }),
    ]);
    logger.info({ tenant, conversation, room: made.roomId }, 'A conversation has a room');
    return record;
  };

  const inviteAll = async (room: MatrixRoomId, users: readonly MatrixUserId[]): Promise<void> => {
    for (const user of users) {
      try {
        await calls.invite(room, user);
      } catch (error) {
        logger.warn({ room, user, err: error }, 'A supervisor cannot be invited');
      }
    }
  };

  const ensure: Rooms['ensure'] = async (tenant, conversation) => {
    const stored = await roomOf(store, tenant, conversation);
    if (stored?.value.homeserver === homeserver) return stored.value;
    return make(tenant, conversation, { version: stored?.version, inviteSupervisors: false });
  };

  return {
    ensure,
    async known(tenant, conversation) {
      const stored = await roomOf(store, tenant, conversation);
      return stored?.value.homeserver === homeserver ? stored.value : undefined;
    },
    async refresh(tenant, conversation) {
      const record = await ensure(tenant, conversation);
      const state = (await store.get(tenant, roomStates, conversation))?.value ?? {
        roomId: record.roomId,
        told: {},
      };
      const all = await wishesFor(await describe(tenant, conversation), record.ghost);
      const wishes = state.followed === true ? all.filter(({ type }) => !rightsOfMaker.has(type)) : all;
      const { send, told } = stateChanges(state.told, wishes);
      if (send.length === 0) return record;
      await tellState(calls, record.roomId, send);
      await store.commit(tenant, [putState(conversation, { ...state, told })]);
      return record;
    },
    async replaceLost(tenant, conversation) {
      const stored = await roomOf(store, tenant, conversation);
      logger.warn(
        { tenant, conversation, room: stored?.value.roomId },
        'The bot lost a room and makes another',
      );
      await calls.removeAlias(names.fullAlias(names.roomAlias(tenant, conversation)));
      return make(tenant, conversation, { version: stored?.version, inviteSupervisors: true });
    },
  };
}

const rightsOfMaker: ReadonlySet<string> = new Set(['m.room.power_levels', 'm.room.join_rules']);

export function putState(conversation: ConversationId, state: RoomStateRecord): Write {
  return put(roomStates, conversation, state, 'any');
}
