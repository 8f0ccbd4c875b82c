import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureSynapse } from '../../dev/synapse/ensure-synapse.ts';
import { startSynapse, type RunningSynapse } from '../../dev/synapse/start-synapse.ts';
import type { HomeserverSettings } from '../../src/matrix/matrix-side.ts';
import { generateRegistration } from '../../src/matrix/registration.ts';
import type { RoomOperation } from '../../src/matrix/room-operation.ts';
import { roomOf } from '../../src/matrix/rooms/room-records.ts';
import type { Message } from '../../src/message/message.ts';
import { as, type MatrixRoomId, type MessageId } from '../../src/platform/ids.ts';
import { createAgent, type Agent, type Json } from './matrix-agent.ts';
import { startRig, tenant, type Rig } from './matrix-rig.ts';
import { startRefusingProxy, type RefusingProxy } from './refusing-proxy.ts';

const tree = await ensureSynapse();
const why = 'unavailable' in tree ? tree.unavailable : '';

/** Sent, Synapse killed and started again before we could commit, sent again: the event is in the room once. */
describe.skipIf(why !== '').each([
  { name: 'that has devices for us', devices: true },
  { name: 'that has none', devices: false },
])(`once in the room, towards a homeserver $name ${why}`, ({ devices }) => {
  let synapse: RunningSynapse;
  let proxy: RefusingProxy;
  let settings: HomeserverSettings;
  let directory: string;
  let rig: Rig;
  let alice: Agent;

  beforeAll(async () => {
    if ('unavailable' in tree) return;
    const prefix = '_sb_';
    const tokens = {
      asToken: randomBytes(24).toString('base64url'),
      hsToken: randomBytes(24).toString('base64url'),
    };
    const wish = { id: 'switchboard', url: null, prefix, domain: 'localhost', tokens };
    synapse = await startSynapse({ root: tree.root, registrations: [generateRegistration(wish)] });
    proxy = await startRefusingProxy(synapse.base, { devices });
    const registration = { id: 'switchboard', senderLocalpart: `${prefix}bot`, prefix, ...tokens };
    settings = { id: as('main'), url: proxy.url, domain: 'localhost', registration };
    alice = await createAgent(synapse, 'alice');
    directory = await mkdtemp(join(tmpdir(), 'switchboard-once-'));
    rig = await startRig({ settings, directory });
  });

  afterAll(async () => {
    if (why !== '') return;
    await rig.stop();
    await proxy.close();
    await synapse.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const said = (messageId: string, message: Message, by: 'contact' | 'bot' = 'contact'): RoomOperation => ({
    kind: 'message',
    as: by,
    messageId: as<MessageId>(messageId),
    message,
    at: Date.now(),
  });
  const text = (words: string): Message => ({ content: { kind: 'text', text: words } });

  async function open(conversation: string): Promise<MatrixRoomId> {
    await rig.deliver(conversation, said(`${conversation}-hello`, text('Hello')));
    await rig.deliver(conversation, { kind: 'invite', user: alice.userId });
    const record = await roomOf(rig.store, tenant, as(conversation));
    const room = record?.value.roomId ?? as<MatrixRoomId>('none');
    await alice.join(room);
    return room;
  }

  /** What stands in the room of a delivery, as an agent reads it. */
  async function eventsOf(room: MatrixRoomId, delivery: string): Promise<Json[]> {
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/messages?dir=b&limit=200`;
    const { chunk } = (await alice.call('GET', path)) as { chunk: Json[] };
    return chunk.filter(({ content }) => (content as Json)['chat.switchboard.delivery'] === delivery);
  }

  test('a message, a notice, a correction and a reaction are there once after a kill between send and commit', async () => {
    const room = await open('killed');
    const operations: [string, RoomOperation][] = [
      ['d-message', said('m1', text('Is it on its way?'))],
      ['d-notice', { kind: 'notice', text: 'A word to the agents' }],
      ['d-edit', said('m2', { ...text('Is it on its way now?'), edits: { id: 'killed-hello' } })],
      ['d-reaction', said('m3', { reactsTo: { id: 'killed-hello', emoji: '👍' } })],
      ['d-system', said('m4', text('All our agents are busy.'), 'bot')],
    ];
    for (const [id, operation] of operations) {
      const first = await rig.deliver('killed', operation, id);
      await synapse.restart();
      const again = await rig.deliver('killed', operation, id, { unclearBefore: true });
      expect({ id, event: again.nativeId }).toEqual({ id, event: first.nativeId });
      expect(await eventsOf(room, id)).toHaveLength(1);
    }
  }, 480_000);

  test('a retraction that is repeated leaves the message taken back', async () => {
    const room = await open('retracted');
    const shown = await rig.deliver('retracted', said('r1', text('A slip')), 'd-slip');
    const operation = said('r2', { retracts: { id: 'r1' } });
    const first = await rig.deliver('retracted', operation, 'd-retract');
    await synapse.restart();
    const again = await rig.deliver('retracted', operation, 'd-retract', { unclearBefore: true });
    expect((await alice.event(room, shown.nativeId ?? '')).content).toEqual({});
    // Without devices a second redaction says the same again: nobody sees it.
    if (devices) expect(again.nativeId).toBe(first.nativeId);
    expect(await eventsOf(room, 'd-retract')).toHaveLength(devices ? 1 : 2);
  });

  test('Synapse takes a message and dies before it answers', async () => {
    const room = await open('unanswered');
    let restarted: Promise<void> | undefined;
    proxy.loseAnswer(/\/send\/m\.room\.message\//, () => (restarted = synapse.restart()));
    const operation = said('u1', text('Hello?'));
    const first = rig.deliver('unanswered', operation, 'd-unanswered');
    if (devices) await first;
    else {
      await expect(first).rejects.toMatchObject({ kind: 'retry', certain: false });
      // A slow machine's Synapse takes longer to come back than the request waited for it.
      await restarted;
      await rig.deliver('unanswered', operation, 'd-unanswered', { unclearBefore: true });
    }
    expect(await eventsOf(room, 'd-unanswered')).toHaveLength(1);
  });

  test('what did not go out is sent', async () => {
    const room = await open('never');
    const fresh = await rig.deliver('never', said('n1', text('New')), 'd-new', { unclearBefore: true });
    expect(await eventsOf(room, 'd-new')).toMatchObject([{ event_id: fresh.nativeId }]);
  });

  test('the probe says which way it is, and a start asks nothing about users that are known', async () => {
    await open('known');
    const [finding] = (await rig.side.probe()).filter(({ check }) => check === 'devices');
    expect(finding?.ok).toBe(true);
    expect(finding?.detail).toContain(devices ? 'comes from a device' : 'M_UNRECOGNIZED');
    await rig.stop();
    rig = await startRig({ settings, directory });
    await rig.deliver('known', said('k1', text('Me again')));
    await rig.deliver('known', { kind: 'notice', text: 'Noted' });
    expect(rig.requests).toEqual(['PUT rooms/send', 'PUT rooms/send']);
  });
});
