import type { MatrixUserId } from '../../platform/ids.ts';

export interface PowerLevelWish {
  readonly bot: MatrixUserId;
  readonly supervisors: readonly MatrixUserId[];
  /** Whether the room's creator, the bot, is above all levels and must not be listed (room versions from 12 on). */
  readonly botIsPrivileged: boolean;
}

/**
 * Who may do what in a conversation's room.
 *
 * - The bot (100) keeps name, topic, bridge and rights: members cannot rename, encrypt (we could not read any more) or open the room.
 * - Supervisors (50) may invite and remove people, redact others' events, and upgrade the room.
 * - Agents and the ghost (0) write and redact their own. Agents cannot upgrade: whoever upgrades owns the new room, could not be
 *   removed from it when the conversation goes to somebody else, and could remove us.
 * - Where creators are privileged, an upgrade would leave us without power in the new room: nobody but us may (150).
 */
export function roomPowerLevels(wish: PowerLevelWish): Record<string, unknown> {
  return {
    users: usersWithPower(wish),
    users_default: 0,
    events_default: 0,
    state_default: 100,
    invite: 50,
    kick: 50,
    ban: 100,
    redact: 50,
    notifications: { room: 50 },
    events: {
      'm.room.encryption': 100,
      'm.room.power_levels': 100,
      'm.room.history_visibility': 100,
      'm.room.server_acl': 100,
      'm.room.tombstone': wish.botIsPrivileged ? 150 : 50,
      'm.room.pinned_events': 50,
    },
  };
}

/** Who may do what in a space: only the bot puts rooms into it; supervisors may invite. */
export function spacePowerLevels(wish: PowerLevelWish): Record<string, unknown> {
  return {
    ...roomPowerLevels(wish),
    events_default: 100,
    events: {
      'm.room.encryption': 100,
      'm.room.power_levels': 100,
      'm.room.tombstone': wish.botIsPrivileged ? 150 : 100,
    },
  };
}

function usersWithPower(wish: PowerLevelWish): Record<string, number> {
  const supervisors = wish.supervisors.filter((user) => user !== wish.bot).sort();
  return Object.fromEntries([
    ...supervisors.map((user) => [user, 50] as const),
    ...(wish.botIsPrivileged ? [] : [[wish.bot, 100] as const]),
  ]);
}

/** Whether creators of rooms of this version stand above all power levels (MSC4289). Homeservers that do not tell their version are old. */
export function hasPrivilegedCreators(roomVersion = '1'): boolean {
  return !/^(?:[1-9]|1[01])$/u.test(roomVersion) && /^(?:\d+|org\.matrix\.hydra\..+)$/u.test(roomVersion);
}
