import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { BalancedPool, Pool } from 'undici';
import { generateRegistration } from '../../src/matrix/registration.ts';
import { RecentAnswers } from './recent-answers.ts';
import { ghostPrefix, type BenchHomeserver, type BenchHomeserverOptions } from './homeserver.ts';

/** Events in one transaction, at most: Synapse's number. */
const eventsPerTransaction = 100;

export interface LeanHomeserver extends BenchHomeserver {
  /** While it is away it answers 503 to whatever is to be done in a room. */
  setAway(away: boolean): void;
  /** From now on nothing can be sent to the room: every try is answered with 500. */
  breakRoom(room: string): void;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * THIS IS NOT A HOMESERVER. It answers what Switchboard asks as fast as Node can, checks nothing, and keeps nothing but who was invited
 * where, and the last transaction ids. As Synapse does, it pushes one transaction at a time, of at most 100 events, Switchboard's own events among them.
 */
export async function startLeanHomeserver(options: BenchHomeserverOptions): Promise<LeanHomeserver> {
  const domain = 'lean.test';
  const registration = generateRegistration({
    id: 'switchboard',
    url: `http://127.0.0.1:${String(options.appservicePort)}`,
    prefix: ghostPrefix,
    domain,
  });
  const bot = `@${registration.sender_localpart}:${domain}`;
  const agents = Array.from({ length: options.tenants }, (_, tenant) =>
    Array.from(
      { length: options.agentsPerTenant },
      (__, n) => `@agent-${String(tenant)}-${String(n)}:${domain}`,
    ),
  );
  const isAgent = new Set(agents.flat());
  const spaces = new Set<string>();
  const broken = new Set<string>();
  const agentIn = new Map<string, string>();
  const listeners: ((text: string, room: string) => void)[] = [];
  /** By room and transaction id. */
  const sent = new RecentAnswers<string>(20_000);
  const waiting: { readonly event: object; readonly taken?: () => void }[] = [];
  const origins = [options.appservicePort, ...(options.morePorts ?? [])].map(
    (port) => `http://127.0.0.1:${String(port)}`,
  );
  const pool =
    origins.length === 1
      ? new Pool(registration.url ?? '', { connections: 2 })
      : new BalancedPool(origins, { factory: (each) => new Pool(each, { connections: 2 }) });
  const headers = { authorization: `Bearer ${registration.hs_token}`, 'content-type': 'application/json' };
  let counter = 0;
  let pushing = false;
  let stopped = false;
  let away = false;

  const next = (prefix: string): string => `${prefix}${String((counter += 1))}`;
  const push = (
    room: string,
    sender: string,
    type: string,
    content: unknown,
    more: object = {},
    taken?: () => void,
  ): string => {
    const event_id = next('$e');
    const event = {
      event_id,
      room_id: room,
      sender,
      type,
      content,
      origin_server_ts: Date.now(),
      unsigned: { age: 1 },
      ...more,
    };
    waiting.push(taken === undefined ? { event } : { event, taken });
    if (!pushing) void pump();
    return event_id;
  };

  async function pump(): Promise<void> {
    pushing = true;
    while (waiting.length > 0 && !stopped) {
      const batch = waiting.slice(0, eventsPerTransaction);
      const body = JSON.stringify({ events: batch.map(({ event }) => event) });
      const path = `/_matrix/app/v1/transactions/${next('t')}`;
      const status = await pool
        .request({ method: 'PUT', path, headers, body })
        .then(async (answer) => {
          await answer.body.dump();
          return answer.statusCode;
        })
        .catch(() => 0);
      if (status !== 200) await sleep(100);
      else for (const { taken } of waiting.splice(0, batch.length)) taken?.();
    }
    pushing = false;
  }

  /** Status and answer. */
  async function answer(method: string, url: string, body: Buffer): Promise<[number, object]> {
    const [path = '', query = ''] = url.split('?', 2);
    const words = path.split('/').map(decodeURIComponent);
    const fields = (): Fields => (body.length === 0 ? {} : (JSON.parse(body.toString()) as Fields));
    const actor = (): string => new URLSearchParams(query).get('user_id') ?? bot;
    // /_matrix/client/v3/rooms/<room>/<what>/...
    if (words[4] === 'rooms') {
      if (away) return [503, { errcode: 'M_UNKNOWN', error: 'away' }];
      const [, , , , , room = '', what, type = '', key = ''] = words;
      switch (`${method} ${what ?? ''}`) {
        case 'PUT send': {
          if (broken.has(room)) return [500, { errcode: 'M_UNKNOWN', error: 'as it was told' }];
          const event_id = sent.answer(`${room} ${key}`, () => {
            const content = fields();
            if (type === 'm.room.message' && actor() !== bot)
              for (const listener of listeners) listener(String(content['body']), room);
            return push(room, actor(), type, content);
          });
          return [200, { event_id }];
        }
        case 'POST invite': {
          const user = String(fields()['user_id']);
          push(room, actor(), 'm.room.member', { membership: 'invite' }, { state_key: user });
          if (isAgent.has(user) && !spaces.has(room)) {
            agentIn.set(room, user);
            push(room, user, 'm.room.member', { membership: 'join' }, { state_key: user });
          }
          return [200, {}];
        }
        case 'POST join':
          push(room, actor(), 'm.room.member', { membership: 'join' }, { state_key: actor() });
          return [200, { room_id: room }];
        case 'PUT state':
          return [200, { event_id: push(room, actor(), type, fields(), { state_key: key }) }];
        case 'PUT redact':
          return [200, { event_id: push(room, actor(), 'm.room.redaction', fields(), { redacts: type }) }];
        case 'GET state':
          return [404, { errcode: 'M_NOT_FOUND', error: 'not kept' }];
        default:
          return [200, {}];
      }
    }
    switch (`${method} ${words.slice(4, 6).join('/')}`) {
      case 'POST createRoom': {
        const room = `!${next('r')}:${domain}`;
        const wish = fields() as {
          creation_content?: Fields;
          initial_state?: { type: string; state_key: string; content: object }[];
        };
        if (wish.creation_content?.['type'] === 'm.space') spaces.add(room);
        for (const { type, state_key, content } of wish.initial_state ?? [])
          push(room, bot, type, content, { state_key });
        return [200, { room_id: room }];
      }
      case 'POST register':
        return [200, { user_id: `@${String(fields()['username'])}:${domain}` }];
      case 'GET account/whoami':
        // As Synapse: devices are heeded, so that what is measured is the usual way.
        return [
          200,
          { user_id: actor(), device_id: new URLSearchParams(query).get('device_id') ?? undefined },
        ];
      case 'GET capabilities':
        return [200, { capabilities: { 'm.room_versions': { default: '11', available: {} } } }];
      default:
        break;
    }
    if (path === '/_matrix/client/versions') return [200, { versions: ['v1.11'] }];
    if (path.endsWith('/ping')) {
      const pinged = await pool.request({
        method: 'POST',
        path: '/_matrix/app/v1/ping',
        headers,
        body: body.toString(),
      });
      await pinged.body.dump();
      return [200, { duration_ms: 1 }];
    }
    return [200, {}];
  }

  const server = createServer((request, response) => {
    readAll(request, (body) => {
      answer(request.method ?? '', request.url ?? '', body)
        .then(([status, content]) => {
          const text = JSON.stringify(content);
          response.writeHead(status, {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(text),
          });
          response.end(text);
        })
        .catch(() => response.destroy());
    });
  });
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    domain,
    registration,
    agents,
    onShown: (listener) => listeners.push(listener),
    setAway: (is) => (away = is),
    breakRoom: (room) => broken.add(room),
    agentSays: async (room, text) => {
      const agent = agentIn.get(room);
      if (agent === undefined) throw new Error(`no agent is in ${room}`);
      const { promise, resolve } = Promise.withResolvers<undefined>();
      push(room, agent, 'm.room.message', { msgtype: 'm.text', body: text }, {}, () => resolve(undefined));
      await promise;
    },
    async stop() {
      stopped = true;
      await pool.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Without streams' overhead: this must not be what the benchmark measures. */
export function readAll(request: IncomingMessage, done: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    done(chunks.length === 1 ? (chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(chunks));
  });
}
