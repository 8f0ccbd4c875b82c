import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ensureSynapse } from '../../dev/synapse/ensure-synapse.ts';
import { startSynapse, type RunningSynapse } from '../../dev/synapse/start-synapse.ts';
import {
  createAppserviceEndpoint,
  type AppserviceEndpoint,
} from '../../src/matrix/appservice/appservice-endpoint.ts';
import type { HomeserverSettings } from '../../src/matrix/matrix-side.ts';
import { generateRegistration } from '../../src/matrix/registration.ts';
import { createOrFind } from '../../src/matrix/rooms/create-or-find.ts';
import { hasPrivilegedCreators, roomPowerLevels } from '../../src/matrix/rooms/power-levels.ts';
import { createRoomCalls } from '../../src/matrix/rooms/room-calls.ts';
import { createHomeserverClient } from '../../src/matrix/transport/create-homeserver-client.ts';
import { roomOf } from '../../src/matrix/rooms/room-records.ts';
import type { Content, MediaReference } from '../../src/message/message.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { as, type MatrixRoomId, type MessageId } from '../../src/platform/ids.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { createAgent, type Agent, type Json } from './matrix-agent.ts';
import { fileOf, startRig, tenant, until, type Rig } from './matrix-rig.ts';

const tree = await ensureSynapse();
const why = 'unavailable' in tree ? tree.unavailable : '';

describe.skipIf(why !== '')(`the Matrix side on Synapse ${why}`, () => {
  let synapse: RunningSynapse;
  let endpoint: AppserviceEndpoint;
  let settings: HomeserverSettings;
  let directory: string;
  let rig: Rig;
  let alice: Agent;
  let sue: Agent;

  beforeAll(async () => {
    if ('unavailable' in tree) return;
    const tokens = {
      asToken: randomBytes(24).toString('base64url'),
      hsToken: randomBytes(24).toString('base64url'),
    };
    const prefix = '_sb_';
    const registration = { id: 'switchboard', senderLocalpart: `${prefix}bot`, prefix, ...tokens };
    const draft: HomeserverSettings = { id: as('main'), url: '', domain: 'localhost', registration };
    endpoint = createAppserviceEndpoint(
      [{ settings: draft, onTransaction: (events, ephemeral) => rig.side.onTransaction(events, ephemeral) }],
      { logger: silentLogger, clock: systemClock },
    );
    const port = await endpoint.start({ port: 0, host: '127.0.0.1' });
    const url = `http://127.0.0.1:${port}`;
    const wish = { id: 'switchboard', url, prefix, domain: 'localhost', tokens };
    synapse = await startSynapse({ root: tree.root, registrations: [generateRegistration(wish)] });
    settings = { ...draft, url: synapse.base };
    alice = await createAgent(synapse, 'alice');
    sue = await createAgent(synapse, 'sue');
    directory = await mkdtemp(join(tmpdir(), 'switchboard-matrix-side-'));
    rig = await startRig({ settings, directory });
  });

  afterAll(async () => {
    if (why !== '') return;
    await rig.stop();
    await endpoint.stop(100);
    await synapse.stop();
    await rm(directory, { recursive: true, force: true });
  });

  beforeEach(() => {
    rig.description.agents = [alice.userId, sue.userId];
    rig.description.supervisors = [sue.userId];
  });

  afterEach(() => {
    for (const key of Object.keys(rig.description) as (keyof Rig['description'])[]) {
      Reflect.deleteProperty(rig.description, key);
    }
  });

  /** A conversation with a room in which Alice is. */
  async function open(conversation: string): Promise<MatrixRoomId> {
    await rig.customer(conversation, { content: { kind: 'text', text: 'Hello' } });
    await rig.deliver(conversation, { kind: 'invite', user: alice.userId });
    const room = await roomIdOf(conversation);
    await alice.join(room);
    return room;
  }

  async function roomIdOf(conversation: string): Promise<MatrixRoomId> {
    const record = await roomOf(rig.store, tenant, as(conversation));
    if (record === undefined) throw new Error('no room');
    return record.value.roomId;
  }

  test('the first message makes ghost, room, spaces and event; a repeated delivery is the same event', async () => {
    rig.description.queue = { id: as('sales'), name: 'Sales' };
    const operation = {
      kind: 'message' as const,
      as: 'contact' as const,
      messageId: as<MessageId>('m1'),
      message: { content: { kind: 'text' as const, text: 'Is my order on its way?', html: '<b>Is</b> it?' } },
      at: Date.now() - 5000,
    };
    const first = await rig.deliver('first', operation, 'delivery-1');
    const again = await rig.deliver('first', operation, 'delivery-1');
    expect(again.nativeId).toBe(first.nativeId);
    await rig.deliver('first', { kind: 'invite', user: alice.userId, reason: 'a customer of yours' });
    // Twice is once.
    await rig.deliver('first', { kind: 'invite', user: alice.userId });
    const room = await roomIdOf('first');
    await alice.join(room);
    await rig.deliver('first', { kind: 'invite', user: alice.userId });

    const event = await alice.event(room, first.nativeId ?? '');
    expect(event.sender).toMatch(/^@_sb_acme_[0-9a-f]{32}:localhost$/);
    expect(event.content).toMatchObject({
      msgtype: 'm.text',
      body: 'Is my order on its way?',
      format: 'org.matrix.custom.html',
      formatted_body: '<b>Is</b> it?',
      'chat.switchboard.delivery': 'delivery-1',
    });
    expect(event).toMatchObject({ origin_server_ts: operation.at });
    expect(await alice.state(room, 'm.room.member', event.sender)).toMatchObject({
      membership: 'join',
      displayname: 'Ann (SMS)',
    });
    expect(await alice.state(room, 'm.room.name')).toEqual({ name: 'Ann' });
    expect(await alice.state(room, 'm.room.topic')).toMatchObject({ topic: 'Ann by SMS' });
    expect(await alice.state(room, 'm.room.create')).toMatchObject({ 'm.federate': false });
    expect(await alice.state(room, 'm.room.guest_access')).toEqual({ guest_access: 'forbidden' });
    expect(await alice.state(room, 'm.room.history_visibility')).toEqual({ history_visibility: 'shared' });
    expect(await alice.state(room, 'm.room.join_rules')).toEqual({ join_rule: 'invite' });
    expect(await alice.state(room, 'm.room.power_levels')).toMatchObject({
      users: { '@_sb_bot:localhost': 100, [sue.userId]: 50 },
      users_default: 0,
      events: { 'm.room.tombstone': 50, 'm.room.encryption': 100 },
    });
    const key = 'chat.switchboard://acme/sms/main/%2B15550100';
    for (const type of ['m.bridge', 'uk.half-shot.bridge']) {
      expect(await alice.state(room, type, key)).toMatchObject({
        protocol: { id: 'sms', displayname: 'SMS' },
      });
    }

    // The tenant's space invites its agents, and shows the queue's space, which shows the room.
    let since = '';
    const invited = await until(async () => {
      // Synapse gives the same answer to a first sync for minutes, so only the next one shows what comes after it.
      const { next_batch, rooms } = (await alice.call(
        'GET',
        `/_matrix/client/v3/sync${since === '' ? '' : `?timeout=500&since=${since}`}`,
      )) as { next_batch: string; rooms?: { invite?: Json } };
      since = next_batch;
      return Object.keys(rooms?.invite ?? {})[0];
    }, 'an invitation to the space');
    await alice.join(invited);
    expect(await alice.state(invited, 'm.room.name')).toEqual({ name: 'Acme Ltd' });
    expect(await alice.state(invited, 'm.room.create')).toMatchObject({ type: 'm.space' });
    const childrenOf = async (space: string): Promise<string[]> => {
      const path = `/_matrix/client/v3/rooms/${encodeURIComponent(space)}/state`;
      const state = (await alice.call('GET', path)) as unknown as { type: string; state_key: string }[];
      return state.filter(({ type }) => type === 'm.space.child').map((child) => child.state_key);
    };
    const [queue = ''] = await childrenOf(invited);
    await alice.join(queue);
    expect(await alice.state(queue, 'm.room.name')).toEqual({ name: 'Sales' });
    expect(await childrenOf(queue)).toEqual([room]);
  });

  test('what the customer sends, of every kind, is shown', async () => {
    const room = await open('kinds-out');
    const show = async (content: Content): Promise<{ type: string; content: Json }> =>
      alice.event(room, await rig.customer('kinds-out', { content }));
    const picture = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
      'base64',
    );
    rig.files.set('picture', fileOf(picture, 'image/png'));
    const sound = randomBytes(300_000);
    rig.files.set('sound', fileOf(sound, 'audio/ogg'));
    const film = randomBytes(9_500_000);
    rig.files.set('film', fileOf(film, 'video/mp4'));
    const media = (reference: string, more: Partial<MediaReference> = {}): MediaReference => ({
      source: { type: 'channel', line: 'main', reference },
      mimeType: 'application/octet-stream',
      ...more,
    });

    expect((await show({ kind: 'text', text: 'waves', emote: true })).content).toMatchObject({
      msgtype: 'm.emote',
    });
    const image = await show({
      kind: 'image',
      media: media('picture', { fileName: 'p.png' }),
      caption: 'See',
    });
    expect(image.content).toMatchObject({
      msgtype: 'm.image',
      body: 'See',
      filename: 'p.png',
      info: { mimetype: 'image/png', size: picture.length, w: 1, h: 1 },
    });
    expect(await alice.download(String(image.content['url']))).toEqual(picture);
    const voice = await show({ kind: 'voice', media: media('sound', { durationMs: 4200 }) });
    expect(voice.content).toMatchObject({
      msgtype: 'm.audio',
      'org.matrix.msc3245.voice': {},
      info: { duration: 4200, mimetype: 'audio/ogg' },
    });
    expect((await alice.download(String(voice.content['url']))).equals(sound)).toBe(true);
    // Larger than what is held in memory: streamed.
    const video = await show({ kind: 'video', media: media('film', { fileName: 'film.mp4' }) });
    expect(video.content).toMatchObject({ msgtype: 'm.video', info: { size: film.length } });
    expect((await alice.download(String(video.content['url']))).equals(film)).toBe(true);
    expect((await show({ kind: 'audio', media: media('sound') })).content).toMatchObject({
      msgtype: 'm.audio',
    });
    expect((await show({ kind: 'file', media: media('sound') })).content).toMatchObject({
      msgtype: 'm.file',
    });
    const sticker = await show({ kind: 'sticker', media: media('picture') });
    expect(sticker).toMatchObject({ type: 'm.sticker', content: { info: { w: 1 } } });
    const place = await show({ kind: 'location', latitude: 52.52, longitude: 13.405, label: 'Here' });
    expect(place.content).toMatchObject({ msgtype: 'm.location', geo_uri: 'geo:52.52,13.405', body: 'Here' });
    const card = await show({ kind: 'contact', name: 'Bo', phones: ['+4930'], emails: ['bo@example.org'] });
    expect(card.content['body']).toBe('Contact: Bo\n+4930\nbo@example.org');
    const lost = await show({ kind: 'image', media: media('gone', { fileName: 'g.png' }), caption: 'Look' });
    expect(lost.content['body']).toBe('[g.png: could not be fetched: the link has expired]\nLook');
    const long = await show({ kind: 'text', text: 'ä'.repeat(70_000) });
    expect(long.content).toMatchObject({ msgtype: 'm.file', filename: 'message.txt' });
    expect((await alice.download(String(long.content['url']))).toString()).toBe('ä'.repeat(70_000));
  });

  test('replies, edits, reactions and retractions of the customer', async () => {
    const room = await open('relations-out');
    const original = await rig.customer('relations-out', { content: { kind: 'text', text: 'one' } }, 'one');
    const reply = await rig.customer('relations-out', {
      content: { kind: 'text', text: 'two' },
      replyTo: { id: 'one' },
    });
    expect((await alice.event(room, reply)).content['m.relates_to']).toEqual({
      'm.in_reply_to': { event_id: original },
    });
    const edit = await rig.customer(
      'relations-out',
      { content: { kind: 'text', text: 'uno' }, edits: { id: 'one' } },
      'edit-1',
    );
    expect((await alice.event(room, edit)).content).toMatchObject({
      body: '* uno',
      'm.new_content': { body: 'uno' },
      'm.relates_to': { rel_type: 'm.replace', event_id: original },
    });
    const second = await rig.customer('relations-out', {
      content: { kind: 'text', text: 'eins' },
      edits: { id: 'edit-1' },
    });
    expect((await alice.event(room, second)).content).toMatchObject({
      'm.relates_to': { event_id: original },
    });
    const reaction = await rig.customer('relations-out', { reactsTo: { id: 'one', emoji: '👍' } });
    expect(await alice.event(room, reaction)).toMatchObject({ type: 'm.reaction' });
    await rig.customer('relations-out', { reactsTo: { id: 'one', emoji: '', removed: true } });
    expect((await alice.event(room, reaction)).content).toEqual({});
    await rig.customer('relations-out', { retracts: { id: 'one' } });
    for (const event of [original, edit, second])
      expect((await alice.event(room, event)).content).toEqual({});
  });

  test('what an agent sends, of every kind, is understood', async () => {
    const room = await open('kinds-in');
    const bytes = randomBytes(200_000);
    const url = await alice.upload(bytes, 'image/png');
    const message = async (content: Json): Promise<unknown> =>
      rig.input(await alice.send(room, 'm.room.message', content));

    expect(
      await message({
        msgtype: 'm.text',
        body: 'Hello *you*',
        format: 'org.matrix.custom.html',
        formatted_body: 'Hello <em>you</em><script>alert(1)</script>',
      }),
    ).toMatchObject({
      kind: 'message',
      sender: alice.userId,
      message: { content: { kind: 'text', text: 'Hello *you*', html: 'Hello <em>you</em>' } },
    });
    const image = await message({
      msgtype: 'm.image',
      body: 'See',
      filename: 'a.png',
      url,
      info: { w: 3, h: 4 },
    });
    expect(image).toMatchObject({
      message: {
        content: { kind: 'image', caption: 'See', media: { source: { type: 'matrix', mxc: url } } },
      },
    });
    const opened = await rig.side.openMatrixMedia(url);
    expect(Buffer.concat(await opened.stream.toArray()).equals(bytes)).toBe(true);
    expect(await message({ msgtype: 'm.notice', body: 'beep' })).toMatchObject({ kind: 'other' });
    expect(await message({ msgtype: 'm.text', body: '!note ask Bob' })).toMatchObject({
      kind: 'command',
      name: 'note',
      argument: 'ask Bob',
    });
    const said = await alice.say(room, 'one');
    const edit = await alice.say(room, '* uno', {
      'm.new_content': { msgtype: 'm.text', body: 'uno' },
      'm.relates_to': { rel_type: 'm.replace', event_id: said },
    });
    expect(await rig.input(edit)).toMatchObject({
      message: { content: { text: 'uno' }, edits: { id: said } },
    });
    const reply = await alice.say(room, 'two', { 'm.relates_to': { 'm.in_reply_to': { event_id: said } } });
    expect(await rig.input(reply)).toMatchObject({ message: { replyTo: { id: said } } });
    const reaction = await alice.send(room, 'm.reaction', {
      'm.relates_to': { rel_type: 'm.annotation', event_id: said, key: '🎉' },
    });
    expect(await rig.input(reaction)).toMatchObject({ message: { reactsTo: { id: said, emoji: '🎉' } } });
    const redacted = await alice.call(
      'PUT',
      `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/redact/${encodeURIComponent(said)}/r1`,
      {},
    );
    expect(await rig.input(String(redacted['event_id']))).toMatchObject({
      message: { retracts: { id: said } },
    });
    await alice.call('POST', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/leave`, {
      reason: 'lunch',
    });
    const left = await until(
      () =>
        rig.accepted.find(({ event }) => event.room_id === room && event.content['membership'] === 'leave'),
      'her leaving',
    );
    expect(await rig.input(left.event.event_id)).toMatchObject({
      kind: 'membership',
      user: alice.userId,
      membership: 'leave',
      before: 'join',
      reason: 'lunch',
    });
  });

  test('typing and receipts, both ways', async () => {
    const room = await open('signs');
    const hello = await rig.customer('signs', { content: { kind: 'text', text: 'Anybody?' } }, 'anybody');
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}`;
    await alice.call('PUT', `${path}/typing/${alice.userId}`, { typing: true, timeout: 20_000 });
    await until(() => rig.typing.find(({ user, active }) => user === alice.userId && active), 'typing');
    await alice.call('PUT', `${path}/typing/${alice.userId}`, { typing: false });
    await until(() => rig.typing.find(({ user, active }) => user === alice.userId && !active), 'no typing');
    await alice.call('POST', `${path}/receipt/m.read/${encodeURIComponent(hello)}`, {});
    await until(
      () => rig.reads.find(({ user, upTo }) => user === alice.userId && upTo === hello),
      'a receipt',
    );

    // Synapse remembers answers to a first sync for minutes, so that only what follows it is news.
    let since = String((await alice.call('GET', '/_matrix/client/v3/sync'))['next_batch']);
    rig.side.typing(tenant, as('signs'), true);
    await rig.deliver('signs', { kind: 'receipt', as: 'bot', about: as('anybody') });
    await rig.deliver('signs', { kind: 'receipt', as: 'contact', about: as('anybody') });
    await rig.deliver('signs', { kind: 'receipt', as: 'contact', about: as('never-there') });
    const ghost = rig.side.names.ghostOf(tenant, as('contact-of-signs'));
    let seen = '';
    await until(async () => {
      const synced = (await alice.call('GET', `/_matrix/client/v3/sync?timeout=500&since=${since}`)) as {
        next_batch: string;
        rooms?: { join?: Record<string, { ephemeral: { events: Json[] } }> };
      };
      since = synced.next_batch;
      for (const event of synced.rooms?.join?.[room]?.ephemeral.events ?? []) seen += JSON.stringify(event);
      const typing = seen.includes(`"user_ids":["${ghost}"]`);
      const read = seen.includes(`{"${ghost}":{"ts"`) || seen.includes(`,"${ghost}":{"ts"`);
      return typing && read && seen.includes('"@_sb_bot:localhost":{"ts"') ? true : undefined;
    }, 'typing and receipts of ours');
  });

  test('a notice stands in the thread of what it is about', async () => {
    const room = await open('notices');
    const said = await alice.say(room, 'On it');
    const edit = await alice.say(room, '* On that', {
      'm.new_content': { msgtype: 'm.text', body: 'On that' },
      'm.relates_to': { rel_type: 'm.replace', event_id: said },
    });
    const notice = await rig.deliver('notices', {
      kind: 'notice',
      text: 'Not delivered: number unknown',
      about: as(edit),
      mention: [alice.userId],
    });
    const shown = await alice.event(room, notice.nativeId ?? '');
    expect(shown).toMatchObject({
      sender: '@_sb_bot:localhost',
      content: {
        msgtype: 'm.notice',
        'm.mentions': { user_ids: [alice.userId] },
        'm.relates_to': { rel_type: 'm.thread', event_id: said },
      },
    });
    const alone = await rig.deliver('notices', {
      kind: 'notice',
      text: 'Welcome',
      about: as('$unknown:localhost'),
    });
    expect((await alice.event(room, alone.nativeId ?? '')).content['m.relates_to']).toBeUndefined();
  });

  test('invitations and removals say what is wrong, and repeat without harm', async () => {
    const room = await open('people');
    const nobody = as<typeof alice.userId>('@nobody:localhost');
    await expect(rig.deliver('people', { kind: 'invite', user: nobody })).rejects.toMatchObject({
      kind: 'permanent',
      reason: 'there is no Matrix user @nobody:localhost',
    });
    const remove = { kind: 'remove' as const, user: alice.userId, reason: 'closed' };
    await rig.deliver('people', remove);
    await rig.deliver('people', remove);
    await rig.deliver('people', { kind: 'remove', user: nobody });
    await expect(alice.say(room, 'still here?')).rejects.toThrow(/403/);
    await rig.deliver('people', { kind: 'invite', user: alice.userId });
    await rig.deliver('people', remove);
    await expect(alice.join(room)).rejects.toThrow(/403/);
  });

  test('a ghost that was removed comes back with its next message', async () => {
    await open('kicked');
    await rig.deliver('kicked', { kind: 'invite', user: sue.userId });
    const room = await roomIdOf('kicked');
    await sue.join(room);
    const ghost = rig.side.names.ghostOf(tenant, as('contact-of-kicked'));
    const kicked = sue.call('POST', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/kick`, {
      user_id: ghost,
    });
    await kicked;
    const event = await rig.customer('kicked', { content: { kind: 'text', text: 'Back again' } });
    expect((await alice.event(room, event)).sender).toBe(ghost);
  });

  test('invitations to strange rooms are declined', async () => {
    const bot = '@_sb_bot:localhost';
    const made = await alice.call('POST', '/_matrix/client/v3/createRoom', { invite: [bot] });
    const room = String(made['room_id']);
    await until(async () => {
      const { membership } = await alice.state(room, 'm.room.member', bot);
      return membership === 'leave' ? true : undefined;
    }, 'the bot to decline');
    const said = await alice.say(room, 'is anybody here?');
    const known = await open('known');
    await rig.input(await alice.say(known, 'yes'));
    expect(rig.accepted.some(({ event }) => event.event_id === said)).toBe(false);
  });

  test('an upgraded room is followed, its old one still leads to the conversation', async () => {
    const room = await open('upgraded');
    await rig.deliver('upgraded', { kind: 'invite', user: sue.userId });
    await sue.join(room);
    await expect(
      alice.call('POST', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/upgrade`, {
        new_version: '10',
      }),
    ).rejects.toThrow(/403/);
    const answer = await sue.call('POST', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/upgrade`, {
      new_version: '10',
    });
    const next = as<MatrixRoomId>(String(answer['replacement_room']));
    const tombstone = await until(
      () => rig.accepted.find(({ event }) => event.room_id === room && event.type === 'm.room.tombstone'),
      'the tombstone',
    );
    expect(await rig.input(tombstone.event.event_id)).toMatchObject({ kind: 'upgraded', replacement: next });
    const follow = { kind: 'follow' as const, from: room, to: next };
    await expect(rig.deliver('upgraded', follow, 'follow')).rejects.toMatchObject({ kind: 'retry' });
    await sue.call('POST', `/_matrix/client/v3/rooms/${encodeURIComponent(next)}/invite`, {
      user_id: '@_sb_bot:localhost',
    });
    await rig.deliver('upgraded', follow, 'follow');
    await rig.deliver('upgraded', follow, 'follow');
    expect(await roomIdOf('upgraded')).toBe(next);
    await alice.join(next);
    const event = await rig.customer('upgraded', { content: { kind: 'text', text: 'Still there?' } });
    expect((await alice.event(next, event)).content['body']).toBe('Still there?');
    expect(await rig.input(await alice.say(next, 'Yes'))).toMatchObject({ kind: 'message' });
    const key = 'chat.switchboard://acme/sms/main/%2B15550100';
    expect(await alice.state(next, 'm.bridge', key)).toMatchObject({ protocol: { id: 'sms' } });
  });

  test('rooms whose creators are above all levels are made too, and only we may upgrade them', async () => {
    const client = createHomeserverClient({
      url: settings.url,
      asToken: settings.registration.asToken,
      clock: systemClock,
    });
    const content = roomPowerLevels({
      bot: rig.side.names.bot,
      supervisors: [sue.userId],
      botIsPrivileged: hasPrivilegedCreators('12'),
    });
    const { roomId } = await createOrFind(createRoomCalls(client), rig.side.names, {
      alias: '_sb_acme_version-12',
      state: [{ room: 'own', type: 'm.room.power_levels', stateKey: '', content }],
      federate: false,
      invite: [sue.userId],
      version: '12',
    });
    await client.close();
    await sue.join(roomId);
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/upgrade`;
    await expect(sue.call('POST', path, { new_version: '12' })).rejects.toThrow(/403/);
  });

  test('a tombstone cannot lead into the room of another conversation', async () => {
    const room = await open('mine');
    const other = await open('theirs');
    await expect(rig.deliver('mine', { kind: 'follow', from: room, to: other })).rejects.toMatchObject({
      kind: 'permanent',
    });
  });

  test('a refresh sends what changed and no more', async () => {
    const room = await open('fresh');
    const before = rig.requests.length;
    await rig.deliver('fresh', { kind: 'refresh' });
    expect(rig.requests.slice(before)).toEqual([]);
    rig.description.roomName = 'Ann Smith';
    rig.description.ghost = {
      contact: as('contact-of-fresh'),
      name: 'Ann Smith (SMS)',
      avatar: { source: { type: 'channel', line: 'main', reference: 'face' }, mimeType: 'image/png' },
    };
    rig.files.set('face', fileOf(randomBytes(1000), 'image/png'));
    await rig.deliver('fresh', { kind: 'refresh' });
    expect(rig.requests.slice(before)).toEqual([
      'displayname',
      'POST media/upload',
      'avatar_url',
      'setState',
      'setState',
    ]);
    expect(await alice.state(room, 'm.room.name')).toEqual({ name: 'Ann Smith' });
    expect(await alice.state(room, 'm.room.avatar')).toMatchObject({
      url: expect.stringMatching(/^mxc:/) as string,
    });
  });

  test('a room from which everybody was taken is replaced', async () => {
    const room = await open('lost');
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/leave`;
    await fetch(synapse.base + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${settings.registration.asToken}` },
    });
    const notice = await rig.deliver('lost', { kind: 'notice', text: 'Hello?' });
    const next = await roomIdOf('lost');
    expect(next).not.toBe(room);
    await sue.join(next);
    expect((await sue.event(next, notice.nativeId ?? '')).content['body']).toBe('Hello?');
  });

  test('after a restart ghosts and rooms are not registered, joined or named again', async () => {
    const room = await open('restarted');
    await rig.stop();
    rig = await startRig({ settings, directory, description: { ...rig.description } });
    const event = await rig.customer('restarted', { content: { kind: 'text', text: 'Me again' } });
    expect(rig.requests).toEqual(['PUT rooms/send']);
    expect((await alice.event(room, event)).content['body']).toBe('Me again');
    await rig.deliver('restarted', { kind: 'refresh' });
    expect(rig.requests.filter((name) => name !== 'capabilities')).toEqual(['PUT rooms/send']);
  });

  test('a crash between making a room and remembering it makes no second room', async () => {
    const own = await mkdtemp(join(tmpdir(), 'switchboard-matrix-crash-'));
    const joined = async (): Promise<string[]> => {
      const answer = await fetch(`${synapse.base}/_matrix/client/v3/joined_rooms`, {
        headers: { authorization: `Bearer ${settings.registration.asToken}` },
      });
      return ((await answer.json()) as { joined_rooms: string[] }).joined_rooms;
    };
    const before = await joined();
    const run = (crashAt: string): Promise<{ signal: string | undefined; output: string }> =>
      new Promise((resolve) => {
        const child = join(import.meta.dirname, 'matrix-side-child.ts');
        const env = { ...process.env, SWITCHBOARD_CRASH_AT: crashAt };
        const started = execFile(process.execPath, [child], { env }, (error, output) => {
          resolve({ signal: error?.signal ?? undefined, output });
        });
        started.stdin?.end(JSON.stringify({ settings, directory: own }));
      });
    expect(await run('room-created-before-commit')).toMatchObject({ signal: 'SIGKILL' });
    const between = (await joined()).filter((room) => !before.includes(room));
    expect(between).toHaveLength(1);
    const second = await run('');
    expect(second.signal).toBeUndefined();
    expect(JSON.parse(second.output)).toMatchObject({ room: between[0] });
    expect((await joined()).filter((room) => !before.includes(room))).toEqual(between);
    await rm(own, { recursive: true, force: true });
  });
});
