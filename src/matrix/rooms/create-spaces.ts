import type { MatrixRoomId, MatrixUserId, TenantId } from '../../platform/ids.ts';
import type { Logger } from '../../platform/log.ts';
import { put, type Store } from '../../store/store.ts';
import type { OurNames } from '../ghosts/our-users.ts';
import type { RoomDescription } from '../room-operation.ts';
import { MatrixError } from '../transport/matrix-error.ts';
import { cut } from './cut-text.ts';
import { createOrFind } from './create-or-find.ts';
import { spacePowerLevels } from './power-levels.ts';
import type { RoomCalls } from './room-calls.ts';
import type { RoomVersion } from './room-version.ts';
import { spaces, type SpaceRecord } from './room-records.ts';
import { createSingleFlight } from './single-flight.ts';
import { ownKey, stateChanges, type StateWish } from './state-wish.ts';
import { tellState } from './tell-state.ts';

export interface SpacesOfRoom {
  readonly tenant: MatrixRoomId;
  readonly queue?: MatrixRoomId;
}

export interface Spaces {
  /**
   * The tenant's space and, where the description names a queue, the queue's, made or brought up to date as described. Invites agents
   * who were not invited yet, in the background. @throws {MatrixError}
   */
  ensure(description: RoomDescription): Promise<SpacesOfRoom>;
  /** Waits for invitations under way. */
  settled(): Promise<void>;
}

export function createSpaces(parts: {
  readonly calls: RoomCalls;
  readonly store: Store;
  readonly names: OurNames;
  readonly domain: string;
  readonly roomVersion: RoomVersion;
  readonly logger: Logger;
}): Spaces {
  const { calls, store, names, domain, roomVersion, logger } = parts;
  const oneAtATime = createSingleFlight();
  const inviting = new Set<Promise<void>>();
  const refused = new Set<string>();

  const ensureOne = async (
    tenant: TenantId,
    id: string,
    alias: string,
    federate: boolean,
    wishes: readonly StateWish[],
  ): Promise<MatrixRoomId> => {
    const stored = await store.get(tenant, spaces, id);
    if (stored === undefined) {
      const made = await createOrFind(calls, names, {
        alias,
        state: wishes,
        federate,
        invite: [],
        type: 'm.space',
      });
      const pending = made.isNew ? wishes.filter(({ room }) => room !== 'own') : wishes;
      await tellState(calls, made.roomId, pending);
      const { told } = stateChanges({}, wishes);
      const record: SpaceRecord = { roomId: made.roomId, told, invited: [] };
      // Another replica may have made it too, and found the same room: whoever comes second begins again from what is stored.
      await store.commit(tenant, [put(spaces, id, record, 'absent')]);
      return made.roomId;
    }
    const { value, version } = stored;
    const { send, told } = stateChanges(value.told, wishes);
    if (send.length > 0) {
      await tellState(calls, value.roomId, send);
      await store.commit(tenant, [put(spaces, id, { ...value, told }, version)]);
    }
    return value.roomId;
  };

  const wishesOf = async (
    name: string,
    supervisors: readonly MatrixUserId[],
    joinRules: StateWish['content'],
  ): Promise<StateWish[]> => {
    const { botIsPrivileged } = await roomVersion();
    const own = (type: string, content: StateWish['content']): StateWish => ({
      room: 'own',
      type,
      stateKey: '',
      content,
    });
    return [
      own('m.room.power_levels', spacePowerLevels({ bot: names.bot, supervisors, botIsPrivileged })),
      own('m.room.join_rules', joinRules),
      own('m.room.history_visibility', { history_visibility: 'shared' }),
      own('m.room.guest_access', { guest_access: 'forbidden' }),
      own('m.room.name', { name: cut(name, 250) }),
    ];
  };

  const ensure = async (description: RoomDescription): Promise<SpacesOfRoom> => {
    const { tenant, tenantName, supervisors, federate, queue } = description;
    const ofTenant = await ensureOne(
      tenant,
      'tenant',
      names.spaceAlias(tenant),
      federate,
      await wishesOf(tenantName, supervisors, { join_rule: 'invite' }),
    );
    if (queue === undefined) return { tenant: ofTenant };
    // Agents find a queue's space in the tenant's and enter it themselves: which of them work in it is not for us to say here.
    const restricted = {
      join_rule: 'restricted',
      allow: [{ type: 'm.room_membership', room_id: ofTenant }],
    };
    const via = [domain];
    const ofQueue = await ensureOne(
      tenant,
      `queue:${queue.id}`,
      names.spaceAlias(tenant, queue.id),
      federate,
      [
        ...(await wishesOf(queue.name, supervisors, restricted)),
        { room: 'own', type: 'm.space.parent', stateKey: ofTenant, content: { via, canonical: true } },
        { room: ofTenant, type: 'm.space.child', stateKey: ownKey, content: { via, suggested: true } },
      ],
    );
    return { tenant: ofTenant, queue: ofQueue };
  };

  const invite = async (description: RoomDescription): Promise<void> => {
    const { tenant } = description;
    const record = (await store.get(tenant, spaces, 'tenant'))?.value;
    if (record === undefined) return;
    const wanted = new Set([...description.agents, ...description.supervisors]);
    const missing = [...wanted].filter(
      (user) => !record.invited.includes(user) && !refused.has(`${tenant}|${user}`) && !names.isOurs(user),
    );
    const asked: MatrixUserId[] = [];
    for (const user of missing) {
      if (await inviteOne(tenant, record.roomId, user)) asked.push(user);
    }
    if (asked.length === 0) return;
    await oneAtATime(tenant, async () => {
      const latest = await store.get(tenant, spaces, 'tenant');
      if (latest === undefined) return;
      const invited = [...new Set([...latest.value.invited, ...asked])];
      await store.commit(tenant, [put(spaces, 'tenant', { ...latest.value, invited }, latest.version)]);
    });
  };

  const inviteOne = async (tenant: TenantId, space: MatrixRoomId, user: MatrixUserId): Promise<boolean> => {
    try {
      await calls.invite(space, user);
      return true;
    } catch (error) {
      if (!(error instanceof MatrixError)) throw error;
      if (error.status === 403 && (await calls.membership(space, user)) === 'join') return true;
      // Asked again after a restart, when the account may be there.
      refused.add(`${tenant}|${user}`);
      logger.warn({ tenant, user, err: error }, 'An agent cannot be invited to the space of the tenant');
      return false;
    }
  };

  return {
    async ensure(description) {
      const { tenant } = description;
      const found = await oneAtATime(tenant, () => ensure(description));
      // Not before the room: a first message is worth more than a full space.
      const work = oneAtATime(`${tenant}|invite`, () => invite(description)).catch((error: unknown) => {
        logger.warn({ tenant, err: error }, 'Agents are not all invited to the space of the tenant yet');
      });
      inviting.add(work);
      void work.finally(() => inviting.delete(work));
      return found;
    },
    async settled() {
      await Promise.all(inviting);
    },
  };
}
