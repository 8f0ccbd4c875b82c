import { z } from 'zod';
import { as, type MatrixEventId, type MatrixRoomId, type MatrixUserId } from '../../platform/ids.ts';
import { matrixPath, type Asserted, type HomeserverClient } from '../transport/homeserver-client.ts';
import { MatrixError } from '../transport/matrix-error.ts';

/** What we ask a homeserver about rooms. Without `actAs` it is the bot who asks. All @throws {MatrixError} */
export interface RoomCalls {
  create(room: object): Promise<MatrixRoomId>;
  /** The room under an alias; undefined where there is none. */
  resolveAlias(alias: string): Promise<MatrixRoomId | undefined>;
  putAlias(alias: string, room: MatrixRoomId): Promise<void>;
  removeAlias(alias: string): Promise<void>;
  join(room: MatrixRoomId, actAs?: MatrixUserId): Promise<void>;
  leave(room: MatrixRoomId, actAs?: MatrixUserId): Promise<void>;
  invite(room: MatrixRoomId, user: MatrixUserId, reason?: string): Promise<void>;
  kick(room: MatrixRoomId, user: MatrixUserId, reason?: string): Promise<void>;
  /** Undefined where the room knows nothing of the user. */
  membership(room: MatrixRoomId, user: MatrixUserId): Promise<string | undefined>;
  joinedMembers(room: MatrixRoomId): Promise<MatrixUserId[]>;
  setState(room: MatrixRoomId, type: string, stateKey: string, content: object): Promise<void>;
  /** The content of a state event; undefined where there is none. */
  state(room: MatrixRoomId, type: string, stateKey: string): Promise<Record<string, unknown> | undefined>;
  redact(
    room: MatrixRoomId,
    event: MatrixEventId,
    txnId: string,
    content: object,
    asserted: Asserted,
  ): Promise<MatrixEventId>;
  markRead(room: MatrixRoomId, event: MatrixEventId, actAs: MatrixUserId | undefined): Promise<void>;
  typing(room: MatrixRoomId, user: MatrixUserId, active: boolean): Promise<void>;
  /** Type and content of an event; undefined where the bot may not see it or it is gone. */
  event(
    room: MatrixRoomId,
    event: MatrixEventId,
  ): Promise<{ readonly type: string; readonly content: Record<string, unknown> } | undefined>;
  /** The newest message of `sender` at or before an event; undefined where there is none, or the event is gone. */
  lastMessageOf(
    room: MatrixRoomId,
    sender: MatrixUserId,
    upTo: MatrixEventId,
  ): Promise<MatrixEventId | undefined>;
  /** Events that some users sent, newest first. `next` leads to what is older; there may be more behind a page without events. */
  backwards(
    room: MatrixRoomId,
    wish: {
      readonly senders: readonly MatrixUserId[];
      readonly limit: number;
      readonly from: string | undefined;
      readonly actAs: MatrixUserId | undefined;
    },
  ): Promise<{ readonly events: readonly TimelineEvent[]; readonly next: string | undefined }>;
  /** Whether a local user exists; undefined where the homeserver does not tell. */
  userExists(user: MatrixUserId): Promise<boolean | undefined>;
  /** Undefined where the homeserver does not tell. */
  defaultRoomVersion(): Promise<string | undefined>;
}

export interface TimelineEvent {
  readonly event_id: MatrixEventId;
  readonly type: string;
  readonly content: Record<string, unknown>;
}

const anything = z.unknown();
const fields = z.record(z.string(), z.unknown());
const roomIdAnswer = z.object({ room_id: z.string().startsWith('!') });
const eventIdAnswer = z.object({ event_id: z.string().startsWith('$') });
const joinedMembersAnswer = z.object({ joined: fields });
const memberAnswer = z.object({ membership: z.string() });
const eventAnswer = z.object({ type: z.string(), content: fields });
const shownEvent = z.object({ event_id: z.string().startsWith('$'), type: z.string(), sender: z.string() });
const contextAnswer = z.object({ event: shownEvent, events_before: z.array(shownEvent).default([]) });
const messagesAnswer = z.object({
  chunk: z.array(
    z.object({
      event_id: z
        .string()
        .startsWith('$')
        .transform(as<MatrixEventId>),
      type: z.string(),
      content: fields,
      sender: z.string(),
    }),
  ),
  end: z.string().optional(),
});
const capabilitiesAnswer = z.object({
  capabilities: z.object({ 'm.room_versions': z.object({ default: z.string() }).optional() }),
});

/** As what a ghost shows a contact's message. */
const messageTypes = ['m.room.message', 'm.sticker'];

/** How long other clients show that a ghost types, unless it is told again or stops. */
const typingMs = 30_000;

export function createRoomCalls(client: HomeserverClient): RoomCalls {
  const by = (actAs: MatrixUserId | undefined): { actAs?: MatrixUserId } =>
    actAs === undefined ? {} : { actAs };
  const because = (reason: string | undefined): object => (reason === undefined ? {} : { reason });
  return {
    async create(room) {
      const answer = await client.request({
        method: 'POST',
        path: '/_matrix/client/v3/createRoom',
        body: room,
        schema: roomIdAnswer,
        name: 'createRoom',
      });
      return as<MatrixRoomId>(answer.room_id);
    },
    async resolveAlias(alias) {
      const path = matrixPath`/_matrix/client/v3/directory/room/${alias}`;
      const answer = await unlessAbsent(
        client.request({ method: 'GET', path, schema: roomIdAnswer, name: 'alias' }),
      );
      return answer === undefined ? undefined : as<MatrixRoomId>(answer.room_id);
    },
    async putAlias(alias, room) {
      const path = matrixPath`/_matrix/client/v3/directory/room/${alias}`;
      await client.request({ method: 'PUT', path, body: { room_id: room }, schema: anything, name: 'alias' });
    },
    async removeAlias(alias) {
      const path = matrixPath`/_matrix/client/v3/directory/room/${alias}`;
      await unlessAbsent(client.request({ method: 'DELETE', path, schema: anything, name: 'alias' }));
    },
    async join(room, actAs) {
      const path = matrixPath`/_matrix/client/v3/rooms/${room}/join`;
      await client.request({
        method: 'POST',
        path,
        schema: anything,
        retry: 'idempotent',
        name: 'join',
        ...by(actAs),
      });
    },
    async leave(room, actAs) {
      const path = matrixPath`/_matrix/client/v3/rooms/${room}/leave`;
      await client.request({
        method: 'POST',
        path,
        schema: anything,
        retry: 'idempotent',
        name: 'leave',
        ...by(actAs),
      });
    },
    async invite(room, user, reason) {
      const path = matrixPath`/_matrix/client/v3/rooms/${room}/invite`;
      const body = { user_id: user, ...because(reason) };
      await client.request({
        method: 'POST',
        path,
        body,
        schema: anything,
        retry: 'idempotent',
        name: 'invite',
      });
    },
    async kick(room, user, reason) {
      const path = matrixPath`/_matrix/client/v3/rooms/${room}/kick`;
      const body = { user_id: user, ...because(reason) };
      await client.request({
        method: 'POST',
        path,
        body,
        schema: anything,
        retry: 'idempotent',
        name: 'kick',
      });
    },
    async membership(room, user) {
      const path = matrixPath`/_matrix/client/v3/rooms/${room}/state/m.room.member/${user}`;
      const answer = await unlessAbsent(
        client.request({ method: 'GET', path, schema: memberAnswer, name: 'state' }),
      );
      return answer?.membership;
    },
    async joinedMembers(room) {
      const path = matrixPath`/_matrix/client/v3/rooms/${room}/joined_members`;
      const answer = await client.request({
        method: 'GET',
        path,
        schema: joinedMembersAnswer,
        name: 'joinedMembers',
      });
      return Object.keys(answer.joined).map((user) => as<MatrixUserId>(user));
    },
    async setState(room, type, stateKey, content) {
      const path = matrixPath`/_matrix/client/v3/rooms/${room}/state/${type}/${stateKey}`;
      await client.request({ method: 'PUT', path, body: content, schema: eventIdAnswer, name: 'setState' });
    },
    async state(room, type, stateKey) {
      const path = matrixPath`/_matrix/client/v3/rooms/${room}/state/${type}/${stateKey}`;
      return unlessAbsent(client.request({ method: 'GET', path, schema: fields, name: 'state' }));
    },
    async redact(room, event, txnId, content, asserted) {
      const path = matrixPath`/_matrix/client/v3/rooms/${room}/redact/${event}/${txnId}`;
      const answer = await client.request({
        method: 'PUT',
        path,
        body: content,
        schema: eventIdAnswer,
        name: 'redact',
        ...asserted,
      });
      return as<MatrixEventId>(answer.event_id);
    },
    async markRead(room, event, actAs) {
      const path = matrixPath`/_matrix/client/v3/rooms/${room}/receipt/m.read/${event}`;
      await client.request({
        method: 'POST',
        path,
        schema: anything,
        retry: 'idempotent',
        name: 'receipt',
        ...by(actAs),
      });
    },
    async typing(room, user, active) {
      const path = matrixPath`/_matrix/client/v3/rooms/${room}/typing/${user}`;
      const body = active ? { typing: true, timeout: typingMs } : { typing: false };
      // Late, it is worth nothing.
      await client.request({
        method: 'PUT',
        path,
        body,
        schema: anything,
        actAs: user,
        retry: 'never',
        timeoutMs: 5_000,
        name: 'typing',
      });
    },
    async event(room, event) {
      const path = matrixPath`/_matrix/client/v3/rooms/${room}/event/${event}`;
      return unlessAbsent(client.request({ method: 'GET', path, schema: eventAnswer, name: 'event' }));
    },
    async lastMessageOf(room, sender, upTo) {
      const filter = JSON.stringify({ senders: [sender], types: messageTypes });
      const answer = await unlessAbsent(
        client.request({
          method: 'GET',
          path: matrixPath`/_matrix/client/v3/rooms/${room}/context/${upTo}`,
          query: { limit: 2, filter },
          schema: contextAnswer,
          name: 'context',
          actAs: sender,
        }),
      );
      if (answer === undefined) return undefined;
      // The event itself comes whatever the filter says; what is before it, newest first.
      const found = [answer.event, ...answer.events_before].find(
        (event) => event.sender === sender && messageTypes.includes(event.type),
      );
      return found === undefined ? undefined : as<MatrixEventId>(found.event_id);
    },
    async backwards(room, { senders, limit, from, actAs }) {
      const { chunk, end } = await client.request({
        method: 'GET',
        path: matrixPath`/_matrix/client/v3/rooms/${room}/messages`,
        query: { dir: 'b', limit, from, filter: JSON.stringify({ senders }) },
        schema: messagesAnswer,
        name: 'messages',
        ...by(actAs),
      });
      // A homeserver need not filter.
      const events = chunk.filter(({ sender }) => senders.some((each) => each === sender));
      return { events, next: end };
    },
    async userExists(user) {
      const path = matrixPath`/_matrix/client/v3/profile/${user}`;
      try {
        await client.request({ method: 'GET', path, schema: anything, name: 'profile' });
        return true;
      } catch (error) {
        if (!(error instanceof MatrixError)) throw error;
        if (error.status === 404) return false;
        if (error.status === 403 || error.status === 401) return undefined;
        throw error;
      }
    },
    async defaultRoomVersion() {
      const path = '/_matrix/client/v3/capabilities';
      const answer = await unlessAbsent(
        client.request({ method: 'GET', path, schema: capabilitiesAnswer, name: 'capabilities' }),
      );
      return answer?.capabilities['m.room_versions']?.default;
    },
  };
}

/** The specification answers questions for what is not there with 404. */
async function unlessAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof MatrixError && error.status === 404) return undefined;
    throw error;
  }
}
