import { randomUUID } from 'node:crypto';
import { registerUser } from '../../dev/synapse/register-user.ts';
import type { RunningSynapse } from '../../dev/synapse/start-synapse.ts';
import { as, type MatrixUserId } from '../../src/platform/ids.ts';

export type Json = Record<string, unknown>;

/** An agent who uses the client-server API by hand. */
export interface Agent {
  readonly userId: MatrixUserId;
  /** @throws {Error} with the homeserver's words when it refuses */
  call(method: string, path: string, body?: unknown): Promise<Json>;
  join(room: string): Promise<void>;
  /** Gives the event's id. */
  send(room: string, type: string, content: Json): Promise<string>;
  say(room: string, text: string, more?: Json): Promise<string>;
  event(
    room: string,
    event: string,
  ): Promise<{ type: string; sender: string; content: Json; unsigned?: Json }>;
  state(room: string, type: string, key?: string): Promise<Json>;
  upload(bytes: Uint8Array, mimeType: string): Promise<string>;
  download(mxc: string): Promise<Buffer>;
}

export async function createAgent(synapse: RunningSynapse, name: string): Promise<Agent> {
  const user = await registerUser({
    base: synapse.base,
    registrationSecret: synapse.registrationSecret,
    name,
  });
  const authorization = `Bearer ${user.accessToken}`;
  const call: Agent['call'] = async (method, path, body) => {
    const answer = await fetch(synapse.base + path, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const json = (await answer.json()) as Json;
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(json)}`);
    return json;
  };
  const segment = encodeURIComponent;
  const send: Agent['send'] = async (room, type, content) => {
    const path = `/_matrix/client/v3/rooms/${segment(room)}/send/${type}/${randomUUID()}`;
    return String((await call('PUT', path, content))['event_id']);
  };
  return {
    userId: as<MatrixUserId>(user.userId),
    call,
    send,
    async join(room) {
      await call('POST', `/_matrix/client/v3/rooms/${segment(room)}/join`, {});
    },
    say: (room, body, more = {}) => send(room, 'm.room.message', { msgtype: 'm.text', body, ...more }),
    async event(room, event) {
      const path = `/_matrix/client/v3/rooms/${segment(room)}/event/${segment(event)}`;
      return (await call('GET', path)) as Awaited<ReturnType<Agent['event']>>;
    },
    state: (room, type, key = '') =>
      call('GET', `/_matrix/client/v3/rooms/${segment(room)}/state/${type}/${segment(key)}`),
    async upload(bytes, mimeType) {
      const answer = await fetch(`${synapse.base}/_matrix/media/v3/upload`, {
        method: 'POST',
        headers: { authorization, 'content-type': mimeType },
        body: Buffer.from(bytes),
      });
      return String(((await answer.json()) as Json)['content_uri']);
    },
    async download(mxc) {
      const path = `/_matrix/client/v1/media/download/${mxc.slice('mxc://'.length)}`;
      const answer = await fetch(synapse.base + path, { headers: { authorization } });
      if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
      return Buffer.from(await answer.arrayBuffer());
    },
  };
}
