import { createHmac } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { ensurePostgres } from '../../dev/postgres/ensure-postgres.ts';
import { startPostgres, type RunningPostgres } from '../../dev/postgres/start-postgres.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { generateRegistration, registrationYaml } from '../../src/matrix/registration.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { startSwitchboard, type Switchboard } from '../../src/switchboard.ts';
import { freePorts } from '../../dev/free-ports.ts';
import { send, startPeerServer, type PeerServer } from '../chaos/peer-server.ts';
import { capturedLogger } from '../fixtures/captured-logger.ts';
import type { StandInAgent } from '../peers/homeserver/agent.ts';
import { startStandIn, type StandInHomeserver } from '../peers/homeserver/stand-in-homeserver.ts';
import { until } from './product/until.ts';

const secret = 'a-secret-of-the-postgres-story';
const programs = await ensurePostgres();

describe.skipIf('unavailable' in programs)('all of Switchboard on PostgreSQL', () => {
  let directory: string;
  let server: RunningPostgres;
  let homeserver: StandInHomeserver;
  let anna: StandInAgent;
  let program: PeerServer;
  let httpPort: number;
  let switchboard: Switchboard | undefined;
  let room: string;
  const shown: string[] = [];
  const known = new Set<string>();
  const connections = new Agent({ keepAlive: false });
  const logger = capturedLogger();

  beforeAll(async () => {
    if ('unavailable' in programs) return;
    directory = mkdtempSync(join(tmpdir(), 'switchboard-postgres-'));
    server = await startPostgres(programs);
    const [appservicePort = 0, http = 0] = await freePorts(2);
    httpPort = http;
    const registration = generateRegistration({
      id: 'switchboard',
      url: `http://127.0.0.1:${appservicePort}`,
      prefix: '_switchboard_',
      domain: 'stand-in.test',
    });
    homeserver = await startStandIn({ registrations: [registration], secondMs: 50 });
    anna = homeserver.agent('anna');
    program = await startPeerServer((_, body, response) => {
      const { id, text } = body as { id: string; text?: string };
      // As loopback asks of its peers: a repetition is known by its id.
      if (text !== undefined && !known.has(id)) shown.push(text);
      known.add(id);
      response.writeHead(200).end();
    });
    writeFileSync(join(directory, 'registration.yaml'), registrationYaml(registration));
    const homeservers = {
      main: { url: homeserver.url, domain: 'stand-in.test', registration: 'registration.yaml' },
    };
    const loop = {
      channel: 'loopback',
      queue: 'support',
      parameters: { secret, callbackUrl: `${program.url}/shown` },
    };
    const acme = {
      name: 'Acme',
      homeserver: 'main',
      agents: { anna: { user: anna.userId, name: 'Anna' } },
      // Both sides write as fast as they can.
      answersPerMinute: 0,
      queues: { support: { name: 'Support', agents: ['anna'] } },
      lines: { loop },
    };
    const config = {
      homeservers,
      appservice: { port: appservicePort },
      http: { port: httpPort },
      store: { kind: 'postgres', directory: 'data' },
      tenants: { acme },
    };
    writeFileSync(join(directory, 'config.yaml'), stringify(config));
    writeFileSync(join(directory, 'url'), await server.createDatabase());
    await start();
  });
  afterAll(async () => {
    await switchboard?.stop();
    connections.destroy();
    await (homeserver as StandInHomeserver | undefined)?.stop();
    await (program as PeerServer | undefined)?.close();
    await (server as RunningPostgres | undefined)?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  async function start(): Promise<void> {
    const environment = { SWITCHBOARD__STORE__POSTGRES__URL_FILE: join(directory, 'url') };
    const settings = loadConfig(join(directory, 'config.yaml'), environment);
    switchboard = await startSwitchboard(settings, { logger, clock: systemClock });
  }

  /** What Carol's network is answered. */
  async function says(text: string): Promise<number> {
    const target = '/channels/loopback/acme/loop/messages';
    const body = { type: 'text', id: Buffer.from(text).toString('base64url'), from: 'carol', text };
    const signed = createHmac('sha256', secret).update(`POST\n${target}\n`).update(JSON.stringify(body));
    return send(connections, 'POST', `http://127.0.0.1:${httpPort}${target}`, body, {
      'x-loopback-signature': signed.digest('hex'),
    });
  }

  async function annaSees(text: string): Promise<string> {
    const seen = await homeserver.waitFor(
      ({ type, content, sender }) =>
        type === 'm.room.message' && content['body'] === text && sender !== anna.userId,
      30_000,
    );
    return seen.room_id;
  }

  async function carolSees(text: string): Promise<void> {
    await until(`“${text}”, shown to Carol`, () => shown.includes(text));
  }

  function timesInRooms(text: string): number {
    return homeserver.events().filter(({ content }) => content['body'] === text).length;
  }

  test('a customer’s message reaches the room, and the answer comes back', async () => {
    expect(await says('Hello')).toBe(202);
    room = await annaSees('Hello');
    await until('an invitation', () => anna.invitations().includes(room));
    anna.join(room);
    anna.send(room, 'Good morning');
    await carolSees('Good morning');
    expect(readdirSync(join(directory, 'data')).sort()).toEqual(['link-secret']);
  });

  test('a restart keeps all of it: the same room, ghost and session', async () => {
    await switchboard?.stop();
    const before = homeserver.world.rooms.size;
    anna.send(room, 'Written while it was down');
    await start();
    await carolSees('Written while it was down');
    expect(await says('Still there?')).toBe(202);
    expect(await annaSees('Still there?')).toBe(room);
    anna.send(room, 'Yes');
    await carolSees('Yes');
    expect(homeserver.world.rooms.size).toBe(before);
    expect(timesInRooms('Hello')).toBe(1);
  });

  test('the server away for a while: webhooks get 503, nothing is lost or doubled, and it goes on by itself', async () => {
    await server.halt('immediate');
    expect(await says('Into the outage')).toBe(503);
    expect(await ready()).toBe(503);
    anna.send(room, 'Out of the outage');
    await homeserver.waitFor(({ content }) => content['body'] === 'Out of the outage');
    expect(await says('Into the outage')).toBe(503);
    await server.resume();
    await until('readiness', async () => (await ready()) === 200);
    expect(await says('Into the outage')).toBe(202);
    expect(await annaSees('Into the outage')).toBe(room);
    await carolSees('Out of the outage');
    anna.send(room, 'And on');
    await carolSees('And on');
    expect(shown.filter((text) => text === 'Out of the outage')).toHaveLength(1);
    expect(timesInRooms('Into the outage')).toBe(1);
  });

  test.each(['fast', 'immediate'] as const)(
    'the server restarted (%s) again and again while messages flow: each once, in order, in both directions',
    async (how) => {
      const texts = Array.from({ length: 40 }, (_, number) => `${how} ${number}`);
      let taken = 0;
      const carol = (async () => {
        for (const text of texts) {
          await until(`“${text}”, taken`, async () => (await says(`in ${text}`)) === 202);
          taken += 1;
        }
      })();
      for (const quarter of [1, 2, 3]) {
        for (const text of texts.slice((quarter - 1) * 10, quarter * 10)) anna.send(room, `out ${text}`);
        await until('some of it taken', () => taken >= quarter * 10);
        await server.restart(how);
      }
      for (const text of texts.slice(30)) anna.send(room, `out ${text}`);
      await carol;
      await carolSees(`out ${texts.at(-1) ?? ''}`);
      await annaSees(`in ${texts.at(-1) ?? ''}`);
      const inRoom = homeserver.events(room).map(({ content }) => String(content['body']));
      expect(inRoom.filter((text) => text.startsWith(`in ${how}`))).toEqual(
        texts.map((text) => `in ${text}`),
      );
      expect(shown.filter((text) => text.startsWith(`out ${how}`))).toEqual(
        texts.map((text) => `out ${text}`),
      );
    },
  );

  test('its log holds no text', () => {
    const log = JSON.stringify(logger.lines);
    expect(log).toContain('store: PostgreSQL open');
    for (const text of ['Hello', 'Good morning', 'the outage', 'carol', secret])
      expect(log).not.toContain(text);
  });

  async function ready(): Promise<number> {
    const answer = await fetch(`http://127.0.0.1:${httpPort}/ready`);
    await answer.arrayBuffer();
    return answer.status;
  }
});
