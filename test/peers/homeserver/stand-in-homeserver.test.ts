import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { freePort } from '../../../dev/free-ports.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import type { MatrixRoomId, MatrixUserId } from '../../../src/platform/ids.ts';
import { as } from '../../../src/platform/ids.ts';
import { silentLogger } from '../../../src/platform/log.ts';
import {
  createAppserviceEndpoint,
  type TransactionReport,
} from '../../../src/matrix/appservice/appservice-endpoint.ts';
import type { EphemeralEvent } from '../../../src/matrix/appservice/ephemeral-event.ts';
import { generateRegistration } from '../../../src/matrix/registration.ts';
import type { RawRoomEvent } from '../../../src/matrix/room-input.ts';
import { createHomeserverClient } from '../../../src/matrix/transport/create-homeserver-client.ts';
import { startStandIn, type StandInOptions } from './stand-in-homeserver.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const domain = 'stand-in.test';
const ghost = as<MatrixUserId>(`@_sb_ghost:${domain}`);

/** The stand-in, our own endpoint as its application service, a ghost in a room and an agent invited to it. */
async function openPair(options: Partial<StandInOptions> = {}) {
  const taken: { events: readonly RawRoomEvent[]; ephemeral: readonly EphemeralEvent[] }[] = [];
  const reports: TransactionReport[] = [];
  let refusing = false;
  let held: Promise<undefined> | undefined;
  let heldCalls = 0;
  const base = generateRegistration({ id: 'sb', url: 'http://127.0.0.1:1', prefix: '_sb_', domain });
  const endpointAt = () =>
    createAppserviceEndpoint(
      [
        {
          settings: {
            id: as('main'),
            url: '',
            domain,
            registration: {
              id: 'sb',
              asToken: base.as_token,
              hsToken: base.hs_token,
              senderLocalpart: '_sb_bot',
              prefix: '_sb_',
            },
          },
          onTransaction: async (events, ephemeral) => {
            if (held !== undefined) {
              heldCalls += 1;
              await held;
              throw new Error('too late');
            }
            if (refusing) throw new Error('refused on purpose');
            taken.push({ events, ephemeral });
          },
        },
      ],
      { clock: systemClock, logger: silentLogger, observe: (report) => reports.push(report) },
    );
  let endpoint = endpointAt();
  const port = await endpoint.start({ port: await freePort(), host: '127.0.0.1' });
  const registration = { ...base, url: `http://127.0.0.1:${port}` };
  const homeserver = await startStandIn({ registrations: [registration], ...options });
  const client = createHomeserverClient({ url: homeserver.url, asToken: base.as_token, clock: systemClock });
  cleanups.push(
    () => endpoint.stop(100),
    () => homeserver.stop(),
    () => client.close(),
  );
  await client.request({
    method: 'POST',
    path: '/_matrix/client/v3/register',
    body: { type: 'm.login.application_service', username: '_sb_ghost', inhibit_login: true },
    schema: z.unknown(),
  });
  const agent = homeserver.agent('alice');
  const { room_id } = await client.request({
    method: 'POST',
    path: '/_matrix/client/v3/createRoom',
    actAs: ghost,
    body: { invite: [agent.userId] },
    schema: z.object({ room_id: z.string() }),
  });
  agent.join(room_id);
  await homeserver.drained();
  return {
    homeserver,
    client,
    agent,
    room: as<MatrixRoomId>(room_id),
    reports,
    bodies: () =>
      taken.flatMap(({ events }) =>
        events.flatMap(({ content }) => (content['body'] as string | undefined) ?? []),
      ),
    ephemeral: () => taken.flatMap(({ ephemeral }) => ephemeral),
    /** Whatever comes now gets no answer until the returned function is called, and is not taken. */
    hold: () => {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      held = promise;
      return () => {
        held = undefined;
        resolve(undefined);
      };
    },
    held: () => heldCalls,
    refuse: (value: boolean) => (refusing = value),
    down: () => endpoint.stop(100),
    up: async () => {
      endpoint = endpointAt();
      await endpoint.start({ port, host: '127.0.0.1' });
    },
    ping: () =>
      client.request({
        method: 'POST',
        path: '/_matrix/client/v1/appservice/sb/ping',
        schema: z.object({ duration_ms: z.number() }),
      }),
  };
}
const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => `m${index}`);

test('a burst comes in transactions of at most 100, in order', async () => {
  const { agent, room, bodies, reports, homeserver } = await openPair();
  for (const text of numbers(350)) agent.send(room, text);
  await homeserver.drained();
  expect(bodies()).toEqual(numbers(350));
  const sizes = reports.map(({ events }) => events);
  expect(Math.max(...sizes)).toBe(100);
  expect(sizes.filter((size) => size === 100)).toHaveLength(3);
});

test('after a failure the backlog comes one by one, in order, without ephemeral events', async () => {
  const { agent, room, bodies, reports, homeserver, refuse, ephemeral } = await openPair({ secondMs: 5 });
  refuse(true);
  agent.send(room, 'm0');
  await expect.poll(() => homeserver.push.isDown).toBe(true);
  agent.typing(room, true);
  for (const text of numbers(20).slice(1)) agent.send(room, text);
  const before = reports.length;
  refuse(false);
  await homeserver.drained();
  expect(bodies()).toEqual(numbers(20));
  expect(reports.slice(before).every(({ events }) => events <= 1)).toBe(true);
  expect(ephemeral()).toEqual([]);
  expect(homeserver.push.isDown).toBe(false);
});

test('down for long, the homeserver comes late; a ping makes it come at once', async () => {
  const { agent, room, bodies, homeserver, down, up, ping } = await openPair({ secondMs: 60_000 });
  await down();
  for (const text of numbers(3)) agent.send(room, text);
  await expect.poll(() => homeserver.push.isDown).toBe(true);
  await up();
  expect(bodies()).toEqual([]);
  await ping();
  await homeserver.drained();
  expect(bodies()).toEqual(numbers(3));
});

test('a restart loses no event and counts transactions anew', async () => {
  const { agent, room, bodies, homeserver, ping } = await openPair({ secondMs: 5 });
  agent.send(room, 'm0');
  await homeserver.drained();
  await homeserver.restart(async () => {
    agent.send(room, 'm1');
  });
  await ping();
  await homeserver.drained();
  expect([...new Set(bodies())]).toEqual(['m0', 'm1']);
});

test('killed like Synapse: what it had in flight comes after the next failure, what it had queued never', async () => {
  const { agent, room, bodies, homeserver, hold, held, refuse } = await openPair({ secondMs: 5 });
  const release = hold();
  agent.send(room, 'in flight');
  await expect.poll(held).toBe(1);
  agent.send(room, 'queued');
  await homeserver.restart(undefined, { killed: true });
  release();
  const before = bodies().length;
  agent.send(room, 'next');
  await expect.poll(() => bodies().slice(before)).toEqual(['next']);
  refuse(true);
  agent.send(room, 'refused');
  await expect.poll(() => homeserver.push.isDown).toBe(true);
  refuse(false);
  await homeserver.drained();
  expect(bodies().slice(before)).toEqual(['next', 'in flight', 'refused']);
});

test('typing and receipts of agents come once, though under two keys', async () => {
  const { agent, room, ephemeral, homeserver } = await openPair();
  const event = agent.send(room, 'x');
  agent.typing(room, true);
  agent.read(room, event);
  await expect.poll(ephemeral).toMatchObject([
    { kind: 'typing', users: [agent.userId] },
    { kind: 'receipts', receipts: [{ user: agent.userId, event }] },
  ]);
  await homeserver.drained();
});

test('an event may come twice, in different transactions', async () => {
  const { agent, room, bodies, homeserver } = await openPair();
  homeserver.world.pushTwice = 1;
  agent.send(room, 'twin');
  await expect.poll(bodies).toEqual(['twin', 'twin']);
});

test('poison that is no event holds nobody up', async () => {
  const { agent, room, bodies, reports, homeserver } = await openPair();
  homeserver.world.pushRaw({ event_id: 7 });
  agent.send(room, 'after');
  await homeserver.drained();
  expect(bodies()).toEqual(['after']);
  expect(reports.reduce((sum, { setAside }) => sum + setAside, 0)).toBe(1);
});

const say = (room: MatrixRoomId, txnId: string) => ({
  room,
  txnId,
  actAs: ghost,
  type: 'm.room.message',
  content: { msgtype: 'm.text', body: txnId },
});
const said = (homeserver: Awaited<ReturnType<typeof startStandIn>>, room: string): string[] =>
  homeserver
    .events(room)
    .filter(({ type }) => type === 'm.room.message')
    .map(({ content }) => content['body'] as string);

test.each(['answerLost', 'reset'] as const)('%s: sent once, because of the transaction id', async (kind) => {
  const { client, room, homeserver } = await openPair();
  homeserver.faults.add({ fault: { kind }, times: 2, when: ({ path }) => path.includes('/send/') });
  await client.sendEvent(say(room, 'tx'));
  expect(homeserver.faults.met).toBe(2);
  expect(said(homeserver, room)).toEqual(['tx']);
});

test('an answer lost and the ids forgotten: sent twice without a device, once with one', async () => {
  const { client, room, homeserver } = await openPair();
  await client.sendEvent(say(room, 'tx'));
  homeserver.forgetTransactions();
  await client.sendEvent(say(room, 'tx'));
  expect(said(homeserver, room)).toEqual(['tx', 'tx']);
  await client.request({
    method: 'POST',
    path: '/_matrix/client/v3/register',
    body: { type: 'm.login.application_service', username: '_sb_other', device_id: 'SB' },
    schema: z.unknown(),
  });
  const other = as<MatrixUserId>(`@_sb_other:${domain}`);
  const invite = { method: 'POST', actAs: ghost, schema: z.unknown() } as const;
  await client.request({
    ...invite,
    path: `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/invite`,
    body: { user_id: other },
  });
  await client.request({
    ...invite,
    actAs: other,
    path: `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/join`,
  });
  await client.sendEvent({ ...say(room, 'tx2'), actAs: other, device: 'SB' });
  await homeserver.restart();
  await client.sendEvent({ ...say(room, 'tx2'), actAs: other, device: 'SB' });
  expect(said(homeserver, room)).toEqual(['tx', 'tx', 'tx2']);
});

test('rate limits and broken answers, at random, lose and double nothing', async () => {
  let seed = 7;
  const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
  const { client, room, homeserver } = await openPair({ random });
  const when = ({ path }: { path: string }): boolean => path.includes('/send/');
  homeserver.faults.add({ fault: { kind: 'limit', retryAfterMs: 5, where: 'body' }, share: 0.1, when });
  homeserver.faults.add({ fault: { kind: 'status', status: 502 }, share: 0.05, when });
  homeserver.faults.add({ fault: { kind: 'answerLost' }, share: 0.05, when });
  for (const text of numbers(200)) await client.sendEvent(say(room, text));
  expect(homeserver.faults.met).toBeGreaterThan(20);
  expect(said(homeserver, room)).toEqual(numbers(200));
});
