import type { StoredEvent } from './room.ts';
import type { World } from './world.ts';

/** A person with a Matrix account, as a test plays one: without HTTP, but under the same rules. Refusals are thrown. */
export interface StandInAgent {
  readonly userId: string;
  /** For a real client. */
  readonly accessToken: string;
  /** Rooms to which the agent is invited. */
  invitations(): string[];
  join(room: string): void;
  leave(room: string): void;
  /** A text, or any content; gives the event id. */
  send(room: string, content: string | Record<string, unknown>, type?: string): string;
  redact(room: string, eventId: string): string;
  react(room: string, eventId: string, key: string): string;
  setState(room: string, type: string, content: Record<string, unknown>, stateKey?: string): string;
  typing(room: string, active: boolean): void;
  read(room: string, eventId: string): void;
}

export function createAgent(world: World, name: string): StandInAgent {
  const userId = world.accounts.id(name);
  if (!world.accounts.users.has(userId)) world.accounts.create(name);
  const { token } = world.accounts.issueToken(userId);
  const send = (room: string, content: string | Record<string, unknown>, type = 'm.room.message'): string =>
    world.room(room, userId).send({
      sender: userId,
      type,
      content: typeof content === 'string' ? { msgtype: 'm.text', body: content } : content,
    }).event_id;
  return {
    userId,
    accessToken: token,
    invitations: () =>
      [...world.rooms.values()].filter((room) => room.membership(userId) === 'invite').map(({ id }) => id),
    join: (room) => void world.room(room, userId).join(userId, world.profile(userId)),
    leave: (room) => {
      world.room(room, userId).leave(userId);
    },
    send,
    redact: (room, eventId) => world.room(room, userId).redact(userId, eventId, {}),
    react: (room, eventId, key) =>
      send(room, { 'm.relates_to': { rel_type: 'm.annotation', event_id: eventId, key } }, 'm.reaction'),
    setState: (room, type, content, stateKey = '') =>
      world.room(room, userId).send({ sender: userId, type, content, stateKey }).event_id,
    typing: (room, active) => {
      world.pushEphemeral(world.room(room, userId), {
        type: 'm.typing',
        room_id: room,
        content: { user_ids: active ? [userId] : [] },
      });
    },
    read: (room, eventId) => {
      world.pushEphemeral(world.room(room, userId), {
        type: 'm.receipt',
        room_id: room,
        content: { [eventId]: { 'm.read': { [userId]: { ts: Date.now() } } } },
      });
    },
  };
}

export type EventFilter = (event: StoredEvent) => boolean;
