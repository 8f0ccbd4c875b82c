import { derivedId } from '../../platform/derived-id.ts';
import type { MatrixUserId } from '../../platform/ids.ts';
import type { RoomDescription } from '../room-operation.ts';
import type { SpacesOfRoom } from './create-spaces.ts';
import { cut } from './cut-text.ts';
import { roomPowerLevels } from './power-levels.ts';
import { ownKey, type StateWish } from './state-wish.ts';

/** Longest room name and topic, in characters; an event has no room for a novel. */
const longestName = 250;
const longestTopic = 4000;

/** The state that a conversation's room and the spaces that show it are to have. Pure. */
export function conversationState(
  description: RoomDescription,
  context: {
    readonly bot: MatrixUserId;
    readonly domain: string;
    readonly botIsPrivileged: boolean;
    readonly avatarMxc?: string;
    /** Absent where there is none to be had. */
    readonly spaces?: SpacesOfRoom;
  },
): StateWish[] {
  const { bot, domain, botIsPrivileged, avatarMxc } = context;
  const via = [domain];
  const parent = context.spaces?.queue ?? context.spaces?.tenant;
  const own = (type: string, content: StateWish['content'], stateKey = ''): StateWish => ({
    room: 'own',
    type,
    stateKey,
    content,
  });
  const { supervisors, network } = description;
  return [
    own('m.room.power_levels', roomPowerLevels({ bot, supervisors, botIsPrivileged })),
    own('m.room.join_rules', { join_rule: 'invite' }),
    own('m.room.history_visibility', { history_visibility: 'shared' }),
    own('m.room.guest_access', { guest_access: 'forbidden' }),
    own('m.room.name', { name: cut(description.roomName, longestName) }),
    own('m.room.topic', { topic: cut(description.topic, longestTopic) }),
    ...(avatarMxc === undefined ? [] : [own('m.room.avatar', { url: avatarMxc })]),
    // The stable name and the one that clients read today (MSC2346).
    ...(network === undefined
      ? []
      : ['m.bridge', 'uk.half-shot.bridge'].map((type) =>
          own(type, bridgeInfo({ ...description, network }, bot), bridgeKey({ ...description, network })),
        )),
    ...(parent === undefined
      ? []
      : [
          own('m.space.parent', { via, canonical: true }, parent),
          { room: parent, type: 'm.space.child', stateKey: ownKey, content: { via, suggested: false } },
        ]),
  ];
}

type Bridged = RoomDescription & Required<Pick<RoomDescription, 'network'>>;

function bridgeKey({ tenant, network }: Bridged): string {
  const parts = [tenant, network.channel, network.line, network.address].map(encodeURIComponent);
  const key = `chat.switchboard://${parts.join('/')}`;
  return key.length <= 255 ? key : `chat.switchboard:${derivedId(...parts)}`;
}

function bridgeInfo({ tenantName, tenant, network }: Bridged, bot: MatrixUserId): Record<string, unknown> {
  return {
    bridgebot: bot,
    protocol: { id: network.channel, displayname: network.title },
    network: { id: tenant, displayname: tenantName },
    channel: { id: network.address, displayname: network.address },
  };
}
