import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { freePort } from '../../dev/free-ports.ts';
import { ensureSynapse } from '../../dev/synapse/ensure-synapse.ts';
import { registerUser, type RegisteredUser } from '../../dev/synapse/register-user.ts';
import { startSynapse, type RunningSynapse } from '../../dev/synapse/start-synapse.ts';
import {
  createAppserviceEndpoint,
  type AppserviceEndpoint,
} from '../../src/matrix/appservice/appservice-endpoint.ts';
import type { EphemeralEvent } from '../../src/matrix/appservice/ephemeral-event.ts';
import type { HomeserverSettings } from '../../src/matrix/matrix-side.ts';
import { probeHomeserver } from '../../src/matrix/probe.ts';
import { generateRegistration } from '../../src/matrix/registration.ts';
import type { RawRoomEvent } from '../../src/matrix/room-input.ts';
import { createHomeserverClient } from '../../src/matrix/transport/create-homeserver-client.ts';
import { matrixPath, type HomeserverClient } from '../../src/matrix/transport/homeserver-client.ts';
import { systemClock } from '../../src/platform/clock.ts';
import type { HomeserverId, MatrixRoomId, MatrixUserId } from '../../src/platform/ids.ts';
import { as } from '../../src/platform/ids.ts';
import { silentLogger } from '../../src/platform/log.ts';

const tree = await ensureSynapse(console.log);
if ('unavailable' in tree) console.warn(`skipped: ${tree.unavailable}`);

const ghost = as<MatrixUserId>('@_sb_ghost:localhost');
const anything = z.unknown();

describe.skipIf('unavailable' in tree)('a real Synapse and our endpoint', () => {
  let synapse: RunningSynapse;
  let settings: HomeserverSettings;
  let client: HomeserverClient;
  let endpoint: AppserviceEndpoint;
  let port: number;
  let agent: RegisteredUser;
  let room: MatrixRoomId;
  let events: RawRoomEvent[] = [];
  let ephemeral: EphemeralEvent[] = [];
  let calls = 0;
  let store: () => Promise<void> = () => Promise.resolve();

  const listen = async (at: number): Promise<number> => {
    endpoint = createAppserviceEndpoint(
      [
        {
          settings,
          onTransaction: async (pushed, more) => {
            calls += 1;
            await store();
            events.push(...pushed);
            ephemeral.push(...more);
          },
        },
      ],
      { clock: systemClock, logger: silentLogger },
    );
    return endpoint.start({ port: at, host: '127.0.0.1' });
  };
  const asAgent = async (method: string, path: string, body?: object): Promise<Record<string, unknown>> => {
    const answer = await fetch(`${synapse.base}${path}`, {
      method,
      headers: { authorization: `Bearer ${agent.accessToken}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Record<string, unknown>;
  };
  let transaction = 0;
  const say = async (body: string): Promise<string> => {
    transaction += 1;
    const path = matrixPath`/_matrix/client/v3/rooms/${room}/send/m.room.message/${`a${transaction}`}`;
    return String((await asAgent('PUT', path, { msgtype: 'm.text', body }))['event_id']);
  };
  const bodies = (): unknown[] =>
    events
      .filter(({ type, sender }) => type === 'm.room.message' && sender === agent.userId)
      .map(({ content }) => content['body']);
  const often = { interval: 10 };

  beforeAll(async () => {
    if ('unavailable' in tree) return;
    const plain = generateRegistration({ id: 'sb', url: null, prefix: '_sb_', domain: 'localhost' });
    settings = {
      id: as<HomeserverId>('main'),
      url: '',
      domain: 'localhost',
      registration: {
        id: 'sb',
        asToken: plain.as_token,
        hsToken: plain.hs_token,
        senderLocalpart: plain.sender_localpart,
        prefix: '_sb_',
      },
    };
    port = await listen(await freePort());
    synapse = await startSynapse({
      root: tree.root,
      registrations: [
        { ...plain, url: `http://127.0.0.1:${port}` },
        generateRegistration({ id: 'mute', url: null, prefix: '_mute_', domain: 'localhost' }),
      ],
    });
    settings = { ...settings, url: synapse.base };
    client = createHomeserverClient({ url: synapse.base, asToken: plain.as_token, clock: systemClock });
    agent = await registerUser({
      base: synapse.base,
      registrationSecret: synapse.registrationSecret,
      name: 'alice',
    });
    await client.request({
      method: 'POST',
      path: '/_matrix/client/v3/register',
      body: { type: 'm.login.application_service', username: '_sb_ghost', device_id: 'SB' },
      schema: anything,
    });
    const created = await client.request({
      method: 'POST',
      path: '/_matrix/client/v3/createRoom',
      actAs: ghost,
      body: { preset: 'private_chat', invite: [agent.userId] },
      schema: z.object({ room_id: z.string() }),
    });
    room = as(created.room_id);
    await asAgent('POST', matrixPath`/_matrix/client/v3/join/${room}`, {});
  });
  afterAll(async () => {
    if ('unavailable' in tree) return;
    await client.close();
    await synapse.stop();
    await endpoint.stop(100);
  });
  beforeEach(() => {
    events = [];
    ephemeral = [];
    calls = 0;
    store = () => Promise.resolve();
  });

  test('the probe finds all well, and the rate limit exemption at work', async () => {
    const findings = await probeHomeserver(client, settings, { measureRateLimit: true });
    expect(findings.filter(({ ok }) => !ok)).toEqual([]);
    expect(findings.map(({ check, detail }) => `${check}: ${detail}`).join('\n')).toMatch(
      /we are @_sb_bot:localhost[^]*may act as @_sb_…[^]*12 events at once[^]*reached us in \d+ ms/,
    );
  });

  test('the probe explains a wrong token, a wrong id, a wrong namespace', async () => {
    const probe = async (registration: Partial<HomeserverSettings['registration']>) => {
      const other = { ...settings, registration: { ...settings.registration, ...registration } };
      const its = createHomeserverClient({
        url: synapse.base,
        asToken: other.registration.asToken,
        clock: systemClock,
      });
      const findings = await probeHomeserver(its, other);
      await its.close();
      return findings.filter(({ ok }) => !ok).map(({ check, detail }) => `${check}: ${detail}`);
    };
    expect(await probe({ asToken: 'wrong' })).toEqual([
      expect.stringContaining('does not know our as_token'),
    ]);
    expect(await probe({ id: 'other' })).toEqual([expect.stringContaining('under another id than other')]);
    expect(await probe({ prefix: '_mute_' })).toEqual([
      expect.stringMatching(/^namespace: .*M_EXCLUSIVE.*give it our file/),
    ]);
  });

  test('the probe explains an endpoint that is down, or is somebody else', async () => {
    await endpoint.stop(100);
    const ping = async () => (await probeHomeserver(client, settings)).find(({ check }) => check === 'ping');
    expect(await ping()).toMatchObject({
      ok: false,
      detail: expect.stringContaining('cannot reach us') as string,
    });
    const stranger = createServer((_, response) => response.writeHead(404).end('hello'));
    await new Promise<void>((resolve) => stranger.listen(port, '127.0.0.1', resolve));
    expect(await ping()).toMatchObject({
      ok: false,
      detail: expect.stringContaining('another service') as string,
    });
    await new Promise((resolve) => {
      stranger.close(resolve);
      stranger.closeAllConnections();
    });
    await listen(port);
    expect(await ping()).toMatchObject({ ok: true });
  });

  test('what an agent does arrives: messages, typing, receipts', async () => {
    const event = await say('hello');
    await expect.poll(bodies, often).toEqual(['hello']);
    expect(events.find(({ event_id }) => event_id === event)).toMatchObject({
      sender: agent.userId,
      room_id: room,
      content: { msgtype: 'm.text', body: 'hello' },
    });
    const user = encodeURIComponent(agent.userId);
    const rooms = matrixPath`/_matrix/client/v3/rooms/${room}`;
    await asAgent('PUT', `${rooms}/typing/${user}`, { typing: true, timeout: 120_000 });
    await expect
      .poll(() => ephemeral.filter(({ kind }) => kind === 'typing'), often)
      .toEqual([{ kind: 'typing', room, users: [agent.userId] }]);
    await asAgent('POST', `${rooms}/receipt/m.read/${encodeURIComponent(event)}`, {});
    await expect
      .poll(() => ephemeral.filter(({ kind }) => kind === 'receipts'), often)
      .toMatchObject([{ room, receipts: [{ user: agent.userId, event, private: false }] }]);
  });

  test('the ghost is seen by the agent, once for each transaction id, across a restart too', async () => {
    const send = (body: string) =>
      client.sendEvent({
        room,
        type: 'm.room.message',
        content: { msgtype: 'm.text', body },
        txnId: 'durable-1',
        actAs: ghost,
        device: 'SB',
        at: 1_600_000_000_000,
      });
    const first = await send('from the ghost');
    expect(await send('from the ghost')).toBe(first);
    await synapse.restart();
    expect(await send('from the ghost')).toBe(first);
    const seen = await asAgent('GET', matrixPath`/_matrix/client/v3/rooms/${room}/event/${first}`);
    expect(seen).toMatchObject({ sender: ghost, origin_server_ts: 1_600_000_000_000 });
  });

  test('a store that fails: Synapse comes again, nothing is lost or overtaken', async () => {
    let failures = 1;
    store = async () => {
      failures -= 1;
      if (failures >= 0) throw new Error('disk full');
    };
    await say('one');
    await say('two');
    await expect.poll(bodies, often).toEqual(['one', 'two']);
    expect(calls).toBeGreaterThanOrEqual(2);
  });

  test('while we are down Synapse keeps the events; our ping at the start brings them at once', async () => {
    await endpoint.stop(100);
    let refused = 0;
    let comesAgainAt = 0;
    const broken = createServer((_, response) => {
      refused += 1;
      comesAgainAt = performance.now() + 1000 * 2 ** refused;
      response.writeHead(502).end();
    });
    await new Promise<void>((resolve) => broken.listen(port, '127.0.0.1', resolve));
    for (let count = 0; count < 5; count += 1) await say(`while down ${count}`);
    // Synapse waits for 2 s after the first refusal, then 4, 8 and so on.
    await expect.poll(() => refused, often).toBeGreaterThanOrEqual(3);
    await new Promise((resolve) => {
      broken.close(resolve);
      broken.closeAllConnections();
    });
    await listen(port);
    await probeHomeserver(client, settings);
    await expect.poll(() => bodies().length, often).toBe(5);
    // By itself it would not have come before.
    expect(performance.now()).toBeLessThan(comesAgainAt);
    expect(bodies()).toEqual([0, 1, 2, 3, 4].map((count) => `while down ${count}`));
  });

  test('media both ways, streamed, authenticated', async () => {
    const bytes = randomBytes(3_000_000);
    const mxc = await client.upload({
      body: () => Readable.from([bytes.subarray(0, 1_000_000), bytes.subarray(1_000_000)]),
      sizeBytes: bytes.length,
      mimeType: 'application/pdf',
      fileName: 'Straße 1.pdf',
      actAs: ghost,
    });
    const media = await client.download(mxc);
    const back = Buffer.concat((await media.stream.toArray()) as Buffer[]);
    const digest = (of: Buffer) => createHash('sha256').update(of).digest('hex');
    expect(digest(back)).toBe(digest(bytes));
    expect(media).toMatchObject({
      mimeType: 'application/pdf',
      sizeBytes: bytes.length,
      fileName: 'Straße 1.pdf',
    });
    await expect(client.download('mxc://localhost/doesNotExist')).rejects.toMatchObject({
      status: 404,
      certain: true,
    });
  });
});
