import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { signatureHeader, sign } from '../../src/channels/loopback/signature.ts';
import { readTransaction } from '../../src/matrix/appservice/read-transaction.ts';
import { fromRoomEvent } from '../../src/matrix/events/from-room-event.ts';
import type { RawRoomEvent } from '../../src/matrix/room-input.ts';
import { adapt } from '../../src/message/adapt.ts';
import type { Message } from '../../src/message/message.ts';
import { networks } from '../golden/capabilities.ts';
import { WebClient } from '../channels/web/web-client.ts';
import { openLine } from './open-line.ts';
import { bodyFor, openOperatorApi } from './open-operator-api.ts';

/** Security row S13: `__proto__` and `constructor.prototype` in each object of each payload that we know. */

const poisons: readonly [string, unknown][] = [
  ['__proto__', { polluted: true, html: '<b>polluted</b>', state_key: 'polluted' }],
  ['constructor', { prototype: { polluted: true } }],
  ['prototype', { polluted: true }],
];

/** The value as JSON, once for each poison in each of its objects. */
function poisoned(value: unknown): string[] {
  const objects: object[] = [];
  const collect = (inner: unknown): void => {
    if (typeof inner !== 'object' || inner === null) return;
    if (!Array.isArray(inner)) objects.push(inner);
    for (const each of Object.values(inner)) collect(each);
  };
  collect(value);
  return objects.flatMap((target) =>
    poisons.map(([key, poison]) => {
      const write = (inner: unknown): unknown => {
        if (typeof inner !== 'object' || inner === null) return inner;
        if (Array.isArray(inner)) return inner.map(write);
        const copy = Object.fromEntries(Object.entries(inner).map(([name, each]) => [name, write(each)]));
        // Defined, not assigned: a key of its own, as JSON.parse makes it.
        if (inner === target)
          Object.defineProperty(copy, key, { value: poison, enumerable: true, configurable: true });
        return copy;
      };
      return JSON.stringify(write(value));
    }),
  );
}

function isClean(): void {
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  expect((Object as unknown as { polluted?: unknown }).polluted).toBeUndefined();
  expect(Object.keys(Object.prototype)).toEqual([]);
}

/** All messages of the golden tables. */
const goldenMessages = Object.keys(networks).flatMap((network) => {
  const folder = join(import.meta.dirname, '../golden', network);
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .flatMap((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as { message: Message }[])
    .map(({ message }) => message);
});

it('poisons what it is given, so that the rest proves something', () => {
  const [text = ''] = poisoned({ a: { b: 1 } });
  expect(text).toContain('"__proto__":{"polluted":true');
  expect(poisoned({ a: [{ b: 1 }] })).toHaveLength(6);
  expect(goldenMessages.length).toBeGreaterThan(100);
});

it('nothing of a golden message becomes anything else by it', () => {
  for (const message of goldenMessages)
    for (const text of poisoned(message))
      for (const capabilities of Object.values(networks)) {
        const context = { signedLink: () => 'https://switchboard.example/media/signed' };
        const adapted = adapt(JSON.parse(text) as Message, capabilities, context);
        const own = adapted.messages.flatMap((each) => [each, each.content ?? {}]);
        for (const each of own) expect((each as { polluted?: unknown }).polluted).toBeUndefined();
      }
  isClean();
});

describe('homeservers’ events', () => {
  const content = {
    msgtype: 'm.text',
    body: 'Hello',
    format: 'org.matrix.custom.html',
    formatted_body: '<b>Hello</b>',
  };
  const file = {
    msgtype: 'm.image',
    body: 'a.png',
    url: 'mxc://example.org/abc',
    info: { mimetype: 'image/png', size: 5, w: 1, h: 1, thumbnail_info: { w: 1 } },
  };
  const relation = { rel_type: 'm.replace', event_id: '$a', 'm.in_reply_to': { event_id: '$b' } };
  const events = [
    { type: 'm.room.message', content },
    { type: 'm.room.message', content: { ...content, 'm.relates_to': relation, 'm.new_content': content } },
    { type: 'm.room.message', content: file },
    { type: 'm.room.message', content: { msgtype: 'm.location', body: 'x', geo_uri: 'geo:1,2' } },
    { type: 'm.sticker', content: { body: 'x', url: 'mxc://example.org/abc', info: {} } },
    {
      type: 'm.reaction',
      content: { 'm.relates_to': { rel_type: 'm.annotation', event_id: '$a', key: '👍' } },
    },
    { type: 'm.room.redaction', redacts: '$a', content: { redacts: '$a' } },
    { type: 'm.room.encrypted', content: { algorithm: 'x', ciphertext: {} } },
    {
      type: 'm.room.member',
      state_key: '@a:b',
      content: { membership: 'join' },
      unsigned: { prev_content: {} },
    },
    { type: 'm.room.tombstone', state_key: '', content: { replacement_room: '!b' } },
  ].map((event) => ({ event_id: '$e', room_id: '!r', sender: '@a:b', origin_server_ts: 1, ...event }));
  const ephemeral = [
    { type: 'm.typing', room_id: '!r', content: { user_ids: ['@a:b'] } },
    { type: 'm.receipt', room_id: '!r', content: { $e: { 'm.read': { '@a:b': { ts: 1 } } } } },
  ];

  it.each(events)('of type $type', (event) => {
    const context = { homeserver: 'main', isOurs: () => false };
    const clean = JSON.stringify(fromRoomEvent(event as unknown as RawRoomEvent, context));
    for (const text of poisoned({ events: [event], ephemeral })) {
      const read = readTransaction(JSON.parse(text));
      for (const each of read?.events ?? []) expect(JSON.stringify(fromRoomEvent(each, context))).toBe(clean);
    }
    isClean();
  });
});

it('what customers’ programs post to a loopback line', async () => {
  const secret = 'the-secret-of-this-line';
  const host = await openLine('loopback', { secret });
  const base = { id: 'x', from: 'cora', name: 'Cora' };
  const payloads = [
    { ...base, type: 'text', text: 'Hello', replyTo: 'y' },
    { ...base, type: 'location', latitude: 1, longitude: 2 },
    { ...base, type: 'typing', active: true },
    { ...base, type: 'read', target: 'y' },
  ];
  const url = `${host.publicUrl}/messages`;
  const post = async (body: string): Promise<number> => {
    const signature = sign(secret, 'POST', new URL(url).pathname, body);
    const headers = { 'content-type': 'application/json', [signatureHeader]: signature };
    return (await fetch(url, { method: 'POST', headers, body })).status;
  };
  for (const payload of payloads) expect(await post(JSON.stringify(payload))).toBe(202);
  const before = host.acceptedIds.length;
  for (const body of payloads.flatMap(poisoned)) expect(await post(body)).toBe(400);
  expect(host.acceptedIds).toHaveLength(before);
  isClean();
});

it('what browsers post to a web line', async () => {
  const host = await openLine('web', {
    secret: 'the-secret-of-this-line',
    limits: { messagesPerMinute: 10_000, visitorsPerHour: 10_000 },
  });
  const client = await new WebClient(host.publicUrl).begin();
  const payloads: readonly [string, object][] = [
    ['/visitors', { name: 'Cora', page: 'https://x.example/' }],
    ['/messages', { kind: 'text', id: 'message-1', text: 'Hello' }],
    ['/messages', { kind: 'chosen', id: 'message-2', choice: 'message-3', option: 'a' }],
    ['/messages/message-1/reaction', { id: 'reaction-1', emoji: '👍' }],
    ['/typing', { active: true }],
    ['/receipts', { read: 1 }],
  ];
  for (const [path, payload] of payloads)
    for (const body of poisoned(payload)) {
      const answer = await fetch(host.publicUrl + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${client.token}` },
        body,
      });
      expect([path, body, answer.status]).toEqual([path, body, 422]);
    }
  expect(host.events).toEqual([]);
  isClean();
});

it('what operators’ programs write by REST', async () => {
  const { routes, ask, acme, boltWrites } = await openOperatorApi();
  let refused = 0;
  for (const route of routes) {
    const told = bodyFor(route.method, route.path);
    const [, kind = ''] = /:tenant\/([a-z-]+)/.exec(route.path) ?? [];
    const asking = { id: acme.ids[kind] ?? 'x' };
    // One that the file declares is not written by REST.
    const tenant = route.path === '/api/v1/tenants/:tenant' ? 'fresh' : 'acme';
    for (const body of told === undefined ? [] : poisoned(told)) {
      const { status } = await ask(route, tenant, { ...asking, body });
      if (status === 422) refused += 1;
      else {
        // Where a schema leaves names to the caller, `__proto__` is none of them: the rest is taken.
        expect([route, body]).toEqual([route, expect.stringContaining('"__proto__":')]);
        expect([route, status < 300]).toEqual([route, true]);
      }
      const { body: there } = await ask({ method: 'GET', path: route.path }, tenant, asking);
      expect([route, there]).toEqual([route, expect.not.stringContaining('polluted')]);
    }
  }
  expect(refused).toBeGreaterThan(50);
  expect(boltWrites()).toBe(0);
  isClean();
});
