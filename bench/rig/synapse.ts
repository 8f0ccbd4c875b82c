import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';
import { fetchSynapse } from '../../dev/synapse/fetch-synapse.ts';
import { registerUser } from '../../dev/synapse/register-user.ts';
import { startSynapse } from '../../dev/synapse/start-synapse.ts';
import { generateRegistration } from '../../src/matrix/registration.ts';
import { ghostPrefix, type BenchHomeserver, type BenchHomeserverOptions } from './homeserver.ts';
import { readAll } from './lean-homeserver.ts';

export interface BenchSynapse extends BenchHomeserver {
  /** What Switchboard does for a customer's message and nothing else: the same PUT, by a bare undici pool, on the same way. */
  bareGhostSays(room: string, text: string): Promise<void>;
  /** A room of the agent who is in `room`, in which the application service is not. */
  privateRoomOf(room: string): Promise<string>;
}

const connections = 32;

/**
 * A real Synapse, behind a proxy in this process that sees when the answer to each PUT leaves. The bare client goes through the proxy
 * too, so that both have its cost.
 */
export async function startBenchSynapse(options: BenchHomeserverOptions): Promise<BenchSynapse> {
  const { root } = await fetchSynapse();
  const registration = generateRegistration({
    id: 'switchboard',
    url: `http://127.0.0.1:${String(options.appservicePort)}`,
    prefix: ghostPrefix,
    domain: 'localhost',
  });
  const synapse = await startSynapse({ root, registrations: [registration] });
  const tokens = new Map<string, string>();
  const agents: string[][] = [];
  for (let tenant = 0; tenant < options.tenants; tenant += 1) {
    const users: string[] = [];
    for (let n = 0; n < options.agentsPerTenant; n += 1) {
      const user = await registerUser({ ...synapse, name: `agent-${String(tenant)}-${String(n)}` });
      tokens.set(user.userId, user.accessToken);
      users.push(user.userId);
    }
    agents.push(users);
  }

  const pool = new Pool(synapse.base, { connections: 64 });
  const listeners: ((text: string, room: string) => void)[] = [];
  const spaces = new Set<string>();
  const agentIn = new Map<string, string>();
  const ghostOf = new Map<string, string>();
  const privateRooms = new Map<string, Promise<string>>();
  let counter = 0;

  async function call(
    method: string,
    token: string,
    path: string,
    body: object,
    through = pool,
  ): Promise<Record<string, unknown>> {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await through.request({
      method,
      path: `/_matrix/client/v3${path}`,
      headers,
      body: JSON.stringify(body),
    });
    const content = (await answer.body.json()) as Record<string, unknown>;
    if (answer.statusCode !== 200) throw new Error(`${method} ${path}: ${JSON.stringify(content)}`);
    return content;
  }

  /** What was answered, as far as it matters here. */
  function note(method: string, url: string, asked: Buffer, answered: Buffer): void {
    const [path = '', query = ''] = url.split('?', 2);
    const words = path.split('/').map(decodeURIComponent);
    const body = (of: Buffer): Record<string, unknown> =>
      JSON.parse(of.toString()) as Record<string, unknown>;
    if (words[4] === 'createRoom' && asked.includes('"type":"m.space"'))
      spaces.add(String(body(answered)['room_id']));
    const room = words[5] ?? '';
    if (method === 'PUT' && words[6] === 'send') {
      const user = new URLSearchParams(query).get('user_id');
      const said = body(asked)['body'];
      if (user === null || typeof said !== 'string') return;
      ghostOf.set(room, user);
      for (const listener of listeners) listener(said, room);
    }
    if (words[6] === 'invite' && !spaces.has(room)) {
      const user = String(body(asked)['user_id']);
      const token = tokens.get(user);
      if (token === undefined) return;
      agentIn.set(room, user);
      void call('POST', token, `/rooms/${encodeURIComponent(room)}/join`, {});
    }
  }

  const proxy = createServer((request, response) => {
    readAll(request, (body) => {
      const { method = '', url = '', headers } = request;
      pool
        .request({
          method,
          path: url,
          headers: { authorization: headers.authorization ?? '', 'content-type': 'application/json' },
          body: body.length === 0 ? null : body,
        })
        .then(async (answer) => {
          const content = Buffer.from(await answer.body.arrayBuffer());
          response.writeHead(answer.statusCode, {
            'content-type': 'application/json',
            'content-length': content.length,
          });
          response.end(content);
          if (answer.statusCode === 200) note(method, url, body, content);
        })
        .catch(() => response.destroy());
    });
  });
  proxy.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${String((proxy.address() as AddressInfo).port)}`;
  const bare = new Pool(url, { connections });

  const agentOf = (room: string): string => {
    const agent = agentIn.get(room);
    if (agent === undefined) throw new Error(`no agent is in ${room}`);
    return agent;
  };
  const send = async (
    through: Pool,
    token: string,
    room: string,
    text: string,
    query = '',
  ): Promise<void> => {
    const path = `/rooms/${encodeURIComponent(room)}/send/m.room.message/b${String((counter += 1))}${query}`;
    await call('PUT', token, path, { msgtype: 'm.text', body: text }, through);
  };

  return {
    url,
    domain: synapse.serverName,
    registration,
    agents,
    onShown: (listener) => listeners.push(listener),
    agentSays: async (room, text) => send(pool, tokens.get(agentOf(room)) ?? '', room, text),
    bareGhostSays: async (room, text) =>
      send(
        bare,
        registration.as_token,
        room,
        text,
        `?user_id=${encodeURIComponent(ghostOf.get(room) ?? '')}`,
      ),
    async privateRoomOf(room) {
      const agent = agentOf(room);
      const made =
        privateRooms.get(room) ??
        call('POST', tokens.get(agent) ?? '', '/createRoom', { preset: 'private_chat' }).then(
          ({ room_id }) => {
            agentIn.set(String(room_id), agent);
            return String(room_id);
          },
        );
      privateRooms.set(room, made);
      return made;
    },
    async stop() {
      await bare.destroy();
      await pool.destroy();
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
      await synapse.stop();
    },
  };
}
