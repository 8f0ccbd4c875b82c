import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createMatrixSide, type RunningMatrixSide } from '../../../src/matrix/create-matrix-side.ts';
import { putOwner } from '../../../src/matrix/rooms/room-records.ts';
import type { HomeserverClient } from '../../../src/matrix/transport/homeserver-client.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import {
  as,
  type HomeserverId,
  type MatrixRoomId,
  type MatrixUserId,
  type TenantId,
} from '../../../src/platform/ids.ts';
import { silentLogger } from '../../../src/platform/log.ts';
import { openNedbStore } from '../../../src/store/nedb/open-nedb-store.ts';
import { systemTenant, type Store } from '../../../src/store/store.ts';
import { rawEvent } from './raw-event.ts';

const homeserver = as<HomeserverId>('main');
const ours = as<MatrixRoomId>('!ours');
const theirs = as<MatrixRoomId>('!theirs');
const alice = as<MatrixUserId>('@alice:localhost');
const bob = as<MatrixUserId>('@bob:localhost');
const bot = as<MatrixUserId>('@_sb_bot:localhost');

let directory: string;
let store: Store;
let side: RunningMatrixSide;
let told: string[];
let requested: string[];
let refuse: Error | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'switchboard-incoming-'));
  store = await openNedbStore({ directory, fsync: false, clock: systemClock, logger: silentLogger });
  told = [];
  requested = [];
  refuse = undefined;
  const unused = (): never => {
    throw new Error('not asked for');
  };
  const client: HomeserverClient = {
    async request({ method, path, actAs, schema }) {
      requested.push(`${method} ${decodeURIComponent(path)} ${actAs ?? 'bot'}`);
      return schema.parse({});
    },
    sendEvent: unused,
    upload: unused,
    download: unused,
    close: async () => undefined,
  };
  side = createMatrixSide({
    settings: {
      id: homeserver,
      url: '',
      domain: 'localhost',
      registration: { id: 'x', asToken: 'a', hsToken: 'h', senderLocalpart: '_sb_bot', prefix: '_sb_' },
    },
    client,
    store,
    clock: systemClock,
    logger: silentLogger,
    openMedia: unused,
    probe: async () => [],
    hooks: {
      async accept(events) {
        if (refuse !== undefined) throw refuse;
        for (const { tenant, conversation, event } of events)
          told.push(`${tenant} ${conversation} ${event.event_id}`);
      },
      typing: (tenant, conversation, user, active) =>
        told.push(`${tenant} ${conversation} ${user} types ${active}`),
      read: (tenant, conversation, user, upTo) => told.push(`${tenant} ${conversation} ${user} read ${upTo}`),
      describe: unused,
    },
  });
  await store.commit(systemTenant, [
    putOwner(homeserver, ours, as<TenantId>('acme'), as('c1'), 'current'),
    putOwner(homeserver, theirs, as<TenantId>('other'), as('c2'), 'current'),
  ]);
});

afterEach(async () => {
  await side.close();
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

const event = (id: string, more: object = {}): ReturnType<typeof rawEvent> =>
  rawEvent('m.room.message', { msgtype: 'm.text', body: id }, { event_id: id, room_id: ours, ...more });
const invitation = (room: string, user: string): ReturnType<typeof rawEvent> =>
  rawEvent('m.room.member', { membership: 'invite' }, { event_id: '$i', room_id: room, state_key: user });

test('each event goes to the conversation of its room, in order; our own and those of strange rooms go nowhere', async () => {
  await side.onTransaction(
    [
      event('$1'),
      event('$2', { room_id: theirs }),
      event('$3', { room_id: '!strange' }),
      event('$4', { sender: bot }),
      event('$5', { sender: '@_sb_acme_00:localhost' }),
      event('$6'),
    ],
    [],
  );
  expect(told).toEqual(['acme c1 $1', 'other c2 $2', 'acme c1 $6']);
  expect(requested).toEqual([]);
});

test('what could not be made durable is not taken', async () => {
  refuse = new Error('disk full');
  await expect(side.onTransaction([event('$1')], [])).rejects.toThrow('disk full');
});

test('invitations: declined in strange rooms, accepted in ours, left open where a replacement is awaited', async () => {
  await side.onTransaction([invitation('!strange', bot), invitation(ours, bot)], []);
  await side.close();
  expect(requested).toEqual([
    'POST /_matrix/client/v3/rooms/!strange/leave bot',
    'POST /_matrix/client/v3/rooms/!ours/join bot',
  ]);
  requested.length = 0;
  const tombstone = rawEvent(
    'm.room.tombstone',
    { replacement_room: '!next' },
    { event_id: '$t', room_id: ours, state_key: '' },
  );
  await side.onTransaction([tombstone, invitation('!next', bot), event('$early', { room_id: '!next' })], []);
  await side.close();
  expect(requested).toEqual([]);
  expect(told).toContain('acme c1 $t');
  expect(told).not.toContain('acme c1 $early');
});

test('a tombstone takes no room from another tenant', async () => {
  const tombstone = rawEvent(
    'm.room.tombstone',
    { replacement_room: theirs },
    { event_id: '$t', room_id: ours, state_key: '' },
  );
  await side.onTransaction([tombstone, event('$1', { room_id: theirs })], []);
  expect(told).toEqual(['acme c1 $t', 'other c2 $1']);
});

test('who began and who stopped typing', async () => {
  const typing = (...users: MatrixUserId[]): Promise<void> =>
    side.onTransaction([], [{ kind: 'typing', room: ours, users }]);
  await typing(alice, bot);
  await typing(alice, bob);
  await typing(bob);
  await typing();
  await typing();
  await side.onTransaction([], [{ kind: 'typing', room: as('!strange'), users: [alice] }]);
  expect(told.map((line) => line.replace('acme c1 ', ''))).toEqual([
    '@alice:localhost types true',
    '@alice:localhost types true',
    '@bob:localhost types true',
    '@alice:localhost types false',
    '@bob:localhost types true',
    '@bob:localhost types false',
  ]);
});

test('receipts of agents, not private ones and not ours', async () => {
  const receipt = (
    user: MatrixUserId,
    more: object = {},
  ): { user: MatrixUserId; event: never; private: boolean } => ({
    user,
    event: as('$1'),
    private: false,
    ...more,
  });
  const receipts = [receipt(alice), receipt(bot), receipt(bob, { private: true })];
  await side.onTransaction([], [{ kind: 'receipts', room: ours, receipts }]);
  expect(told).toEqual(['acme c1 @alice:localhost read $1']);
});
