import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { createAppserviceEndpoint } from '../../../src/matrix/appservice/appservice-endpoint.ts';
import { ghosts, putGhost } from '../../../src/matrix/ghosts/ghost-records.ts';
import type { HomeserverSettings } from '../../../src/matrix/matrix-side.ts';
import { generateRegistration } from '../../../src/matrix/registration.ts';
import type { RoomOperation } from '../../../src/matrix/room-operation.ts';
import { roomOf } from '../../../src/matrix/rooms/room-records.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { as, type MessageId } from '../../../src/platform/ids.ts';
import { silentLogger } from '../../../src/platform/log.ts';
import { startRig, tenant, type Rig } from '../../e2e/matrix-rig.ts';
import { startStandIn, type StandInOptions } from '../../peers/homeserver/stand-in-homeserver.ts';

const domain = 'stand-in.test';
const bot = `@_sb_bot:${domain}`;
const hour = 3_600_000;

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** The Matrix side on a store of its own, and a homeserver that forgets on demand. */
async function open(options: Pick<StandInOptions, 'hasDevices'>) {
  const directory = await mkdtemp(join(tmpdir(), 'switchboard-send-once-'));
  const draft = generateRegistration({ id: 'sb', url: 'http://127.0.0.1:1', prefix: '_sb_', domain });
  const settings: HomeserverSettings = {
    id: as('main'),
    url: '',
    domain,
    registration: {
      id: 'sb',
      asToken: draft.as_token,
      hsToken: draft.hs_token,
      senderLocalpart: '_sb_bot',
      prefix: '_sb_',
    },
  };
  let isPushed = false;
  const endpoint = createAppserviceEndpoint(
    [
      {
        settings,
        onTransaction: async (...pushed) => {
          if (isPushed) await world.rig.side.onTransaction(...pushed);
        },
      },
    ],
    { clock: systemClock, logger: silentLogger },
  );
  const port = await endpoint.start({ port: 0, host: '127.0.0.1' });
  const registration = { ...draft, url: `http://127.0.0.1:${port}` };
  const homeserver = await startStandIn({ registrations: [registration], ...options });
  const startAgain = (): Promise<Rig> =>
    startRig({ settings: { ...settings, url: homeserver.url }, directory });
  const world = {
    rig: await startAgain(),
    homeserver,
    /** What is pushed reaches Switchboard from now on. */
    push: () => void (isPushed = true),
    async restart() {
      await world.rig.stop();
      world.rig = await startAgain();
    },
    async ghost(conversation: string): Promise<string> {
      return (await roomOf(world.rig.store, tenant, as(conversation)))?.value.ghost ?? '';
    },
    said: (conversation: string, id: string) =>
      homeserver
        .events()
        .filter(({ content }) => content['chat.switchboard.delivery'] === `${conversation}-${id}`),
    deviceOf: (user: string) => [...(homeserver.world.accounts.users.get(user)?.devices ?? [])],
    send: (
      conversation: string,
      id: string,
      attempt?: { unclearBefore: boolean; createdAt?: number },
      by: 'contact' | 'bot' = 'contact',
    ) => {
      const operation: RoomOperation = {
        kind: 'message',
        as: by,
        messageId: as<MessageId>(id),
        message: { content: { kind: 'text', text: id } },
        at: Date.now(),
      };
      return world.rig.deliver(conversation, operation, `${conversation}-${id}`, attempt);
    },
  };
  cleanups.push(
    () => rm(directory, { recursive: true, force: true }),
    () => homeserver.stop(),
    () => endpoint.stop(100),
    () => world.rig.stop(),
  );
  return world;
}

const unclear = { unclearBefore: true };

test('ghost and bot have one device each, made with the first message and never again', async () => {
  const world = await open({});
  await world.send('c1', 'one');
  await world.send('c1', 'two', undefined, 'bot');
  const ghost = await world.ghost('c1');
  expect(world.deviceOf(ghost)).toEqual(['SWITCHBOARD']);
  expect(world.deviceOf(bot)).toEqual(['SWITCHBOARD']);
  const { requests } = world.rig;
  expect(requests.filter((name) => name === 'device')).toHaveLength(2);
  await world.restart();
  await world.send('c1', 'three');
  await world.send('c1', 'four', undefined, 'bot');
  expect(world.rig.requests).toEqual(['PUT rooms/send', 'PUT rooms/send']);
});

test('a ghost that was registered before there were devices gets one with its next message, and keeps its name', async () => {
  const world = await open({});
  await world.send('c1', 'one');
  const ghost = await world.ghost('c1');
  const record = (await world.rig.store.get(tenant, ghosts, ghost))?.value;
  const { device, ...before } = record ?? {};
  expect(device).toBe('SWITCHBOARD');
  await world.rig.store.commit(tenant, [putGhost(as(ghost), before)]);
  world.homeserver.world.accounts.users.get(ghost)?.devices.clear();
  await world.restart();
  await world.send('c1', 'two');
  expect(world.deviceOf(ghost)).toEqual(['SWITCHBOARD']);
  expect((await world.rig.store.get(tenant, ghosts, ghost))?.value).toEqual(record);
});

test('from a device, nothing is looked for: the homeserver recognises the repetition', async () => {
  const world = await open({});
  await world.send('c1', 'one');
  await world.homeserver.restart();
  await world.send('c1', 'one', unclear);
  expect(world.said('c1', 'one')).toHaveLength(1);
  expect(world.rig.requests).not.toContain('messages');
});

test('after a day the homeserver has forgotten the device’s transactions too, so the room is read', async () => {
  const world = await open({});
  await world.send('c1', 'one');
  world.homeserver.world.durableTransactions.clear();
  await world.send('c1', 'one', { ...unclear, createdAt: Date.now() - 24 * hour });
  expect(world.said('c1', 'one')).toHaveLength(1);
  expect(world.rig.requests).toContain('messages');
});

test('a device that was deleted is made again, and what may have gone out is looked for', async () => {
  const world = await open({});
  await world.send('c1', 'one');
  const ghost = await world.ghost('c1');
  world.homeserver.world.accounts.users.get(ghost)?.devices.clear();
  world.homeserver.world.durableTransactions.clear();
  await world.send('c1', 'one', unclear);
  expect(world.said('c1', 'one')).toHaveLength(1);
  world.homeserver.world.accounts.users.get(ghost)?.devices.clear();
  await world.send('c1', 'two');
  expect(world.said('c1', 'two')).toHaveLength(1);
  expect(world.deviceOf(ghost)).toEqual(['SWITCHBOARD']);
});

test('without devices, the room is read back to the newest event of a delivery', async () => {
  const world = await open({ hasDevices: false });
  await world.send('c1', 'one');
  await world.send('c1', 'two');
  const room = (await roomOf(world.rig.store, tenant, as('c1')))?.value.roomId ?? '';
  // Agents talk on, and more of our own state comes after it than a page holds.
  const alice = world.homeserver.agent('alice');
  await world.rig.deliver('c1', { kind: 'invite', user: as(alice.userId) });
  alice.join(room);
  for (let count = 0; count < 120; count += 1) {
    alice.send(room, `${count}`);
    world.homeserver.world
      .room(room, bot)
      .send({ sender: bot, type: 'm.room.topic', stateKey: '', content: { topic: `${count}` } });
  }
  world.homeserver.forgetTransactions();
  await world.send('c1', 'two', unclear);
  expect(world.said('c1', 'two')).toHaveLength(1);
  expect(world.rig.requests.filter((name) => name === 'messages')).toHaveLength(3);
  await world.send('c1', 'three', unclear);
  await world.send('c1', 'four', unclear);
  // The mark of `three` ends the search at once.
  expect(world.rig.requests.filter((name) => name === 'messages')).toHaveLength(3 + 3 + 1);
  expect(['three', 'four'].map((id) => world.said('c1', id).length)).toEqual([1, 1]);
});

test('without devices, an event that was pushed to us need not be looked for', async () => {
  const world = await open({ hasDevices: false });
  world.push();
  await world.send('c1', 'one');
  await world.homeserver.drained();
  world.homeserver.forgetTransactions();
  await world.send('c1', 'one', unclear);
  expect(world.said('c1', 'one')).toHaveLength(1);
  expect(world.rig.requests).not.toContain('messages');
});

test('an agent cannot pass an event off as ours', async () => {
  const world = await open({ hasDevices: false });
  await world.send('c1', 'one');
  const room = (await roomOf(world.rig.store, tenant, as('c1')))?.value.roomId ?? '';
  const alice = world.homeserver.agent('alice');
  await world.rig.deliver('c1', { kind: 'invite', user: as(alice.userId) });
  alice.join(room);
  alice.send(room, { msgtype: 'm.text', body: 'mine', 'chat.switchboard.delivery': 'c1-two' });
  await world.send('c1', 'two', unclear);
  expect(world.said('c1', 'two').map(({ sender }) => sender)).toEqual([
    alice.userId,
    await world.ghost('c1'),
  ]);
});

test('that a homeserver has no devices is remembered, told by the probe, and looked at anew by it', async () => {
  const world = await open({ hasDevices: false });
  await world.send('c1', 'one');
  await world.send('c2', 'one');
  // PUT, then login; the second ghost is not tried.
  expect(world.rig.requests.filter((name) => name === 'device' || name === 'login')).toHaveLength(2);
  await world.restart();
  await world.send('c3', 'one');
  expect(world.rig.requests).not.toContain('device');
  const probed = async (): Promise<string[]> =>
    (await world.rig.side.probe())
      .filter(({ check }) => check === 'devices')
      .map(({ ok, detail }) => `${ok} ${detail}`);
  expect(await probed()).toEqual([expect.stringMatching(/^true .*no devices .*Unknown login type/)]);
  // It was upgraded.
  world.homeserver.world.accounts.hasDevices = true;
  expect(await probed()).toEqual([expect.stringContaining('comes from a device')]);
  await world.send('c4', 'one');
  expect(world.deviceOf(await world.ghost('c4'))).toEqual(['SWITCHBOARD']);
  // And taken back again.
  world.homeserver.world.accounts.hasDevices = false;
  expect(await probed()).toEqual([expect.stringContaining('no devices')]);
  world.homeserver.forgetTransactions();
  await world.send('c4', 'two');
  world.homeserver.forgetTransactions();
  await world.send('c4', 'two', unclear);
  expect(world.said('c4', 'two')).toHaveLength(1);
});

test('a homeserver that cannot make a device just now holds up no message', async () => {
  const world = await open({});
  world.homeserver.faults.add({
    fault: { kind: 'status', status: 500 },
    when: ({ path }) => path.includes('/devices/'),
  });
  await world.send('c1', 'one');
  await world.send('c1', 'two');
  expect(['one', 'two'].map((id) => world.said('c1', id).length)).toEqual([1, 1]);
  expect(world.rig.requests.filter((name) => name === 'device')).toHaveLength(1);
  await world.send('c1', 'two', unclear);
  expect(world.said('c1', 'two')).toHaveLength(1);
});
