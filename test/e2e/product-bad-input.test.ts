import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import twilio from 'twilio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Agent } from './product/agent.ts';
import type { Enterprise } from './product/enterprise.ts';
import { missing } from './product/peers.ts';
import { startRig, type Rig } from './product/rig.ts';
import { SmsCustomer } from './product/sms-customer.ts';

const without = await missing('synapse');
const form = 'application/x-www-form-urlencoded';

describe.skipIf(without !== undefined)(`bad input over the public ports ${without ?? ''}`, () => {
  let rig: Rig;
  let acme: Enterprise;
  let anna: Agent;
  let sam: SmsCustomer;
  let room: string;
  let hsToken: string;
  beforeAll(async () => {
    rig = await startRig({ tenants: { acme: { agents: ['anna'] } } });
    acme = rig.enterprise('acme');
    anna = acme.agent('anna');
    hsToken = (parse(readFileSync(acme.registration, 'utf8')) as { hs_token: string }).hs_token;
    sam = new SmsCustomer(acme, '+15556660001');
    await sam.says('I am the honest one');
    room = await anna.accepts();
    await anna.sees(room, 'I am the honest one');
  });
  afterAll(async () => {
    await (rig as Rig | undefined)?.stop();
  });

  let rounds = 0;
  /** Does its worst while another conversation goes on: each of its messages still arrives, each way. */
  async function besides(worst: () => Promise<void>): Promise<void> {
    rounds += 1;
    const before = (await acme.view.conversations()).length;
    let done = false;
    const attack = worst().finally(() => (done = true));
    const honest = async (): Promise<number> => {
      for (let count = 0; ; count += 1) {
        const mark = `${String(rounds)}.${String(count)}`;
        await sam.says(`in ${mark}`);
        await anna.sees(room, `in ${mark}`);
        await anna.says(room, `out ${mark}`);
        await sam.gets(`out ${mark}`);
        if (done) return count + 1;
      }
    };
    const [, count] = await Promise.all([attack, honest()]);
    expect(count).toBeGreaterThan(0);
    expect((await fetch(`${rig.publicUrl}/ready`)).status).toBe(200);
    expect((await acme.view.conversations()).length).toBe(before);
  }

  const fields = (more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
    MessageSid: `SM${'a'.repeat(31)}${String(rounds)}`,
    AccountSid: `AC${'0'.repeat(32)}`,
    From: '+15559990000',
    To: acme.number,
    Body: 'let me in',
    NumMedia: '0',
    ...more,
  });
  async function webhook(body: string, headers: Readonly<Record<string, string>> = {}): Promise<number> {
    const answer = await fetch(acme.webhookUrl, {
      method: 'POST',
      headers: { 'content-type': form, ...headers },
      body,
    });
    await answer.arrayBuffer();
    return answer.status;
  }
  const signed = (all: Record<string, string>, token = 'auth token of acme', url = acme.webhookUrl) => ({
    'x-twilio-signature': twilio.getExpectedTwilioSignature(token, url, all),
  });
  const encoded = (all: Readonly<Record<string, string>>): string => new URLSearchParams(all).toString();

  test('webhooks that are unsigned, signed by somebody else, or changed after signing', async () => {
    await besides(async () => {
      const all = fields();
      expect(await webhook(encoded(all))).toBe(403);
      expect(await webhook(encoded(all), { 'x-twilio-signature': '' })).toBe(403);
      expect(await webhook(encoded(all), { 'x-twilio-signature': 'x'.repeat(100_000 / 10) })).toBe(403);
      expect(await webhook(encoded(all), signed(all, 'another token'))).toBe(403);
      expect(await webhook(encoded(all), signed(all, undefined, `${acme.webhookUrl}/other`))).toBe(403);
      expect(await webhook(encoded({ ...all, Body: 'changed' }), signed(all))).toBe(403);
      expect(await webhook(encoded({ ...all, Extra: 'added' }), signed(all))).toBe(403);
    });
  });

  test('webhooks that are truncated, oversized, deeply nested or of the wrong type', async () => {
    await besides(async () => {
      const all = fields();
      const whole = encoded(all);
      expect(await webhook(whole.slice(0, whole.length / 2), signed(all))).toBe(403);
      expect(await webhook('Body='.padEnd(2_000_000, 'x'), signed(all))).toBe(413);
      const nested = deep(50_000);
      const json = { 'content-type': 'application/json' };
      expect(await webhook(nested, { ...json, ...signed(all) })).toBe(403);
      expect(await webhook('null', { ...json, ...signed({}) })).toBe(403);
      expect(await webhook('%%%=%zz&=&&', signed({}))).toBeOneOf([400, 403]);
      expect(await webhook('\u0000\u0001', { 'content-type': 'image/png' })).toBeOneOf([400, 403]);
    });
  });

  test('webhooks that are rightly signed and make no sense', async () => {
    await besides(async () => {
      for (const wrong of [
        { MessageSid: 'not an id' },
        { From: '' },
        { From: 'x'.repeat(1000) },
        { NumMedia: '-1' },
        { NumMedia: 'many' },
        { Latitude: '1000', Longitude: '0' },
        { Body: 'x'.repeat(70_000) },
        { MessageStatus: 'delivered', To: '' },
      ]) {
        const all = fields(wrong);
        expect([wrong, await webhook(encoded(all), signed(all))]).toEqual([wrong, 400]);
      }
      const elsewhere = { ...fields(), MessageStatus: 'delivered', MessageSid: `SM${'f'.repeat(32)}` };
      await webhook(encoded(elsewhere), signed(elsewhere));
    });
  });

  test('peers that leave in the middle, dawdle, or do not speak HTTP', async () => {
    await besides(async () => {
      const { port } = new URL(rig.publicUrl);
      const path = new URL(acme.webhookUrl).pathname;
      const head = `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: ${form}\r\ncontent-length: 1000\r\n\r\nBody=`;
      for (const words of [
        head,
        'GET /',
        '\u0016\u0003\u0001 nonsense\r\n\r\n',
        `POST ${'/x'.repeat(40_000)} HTTP/1.1\r\n\r\n`,
      ]) {
        await new Promise<void>((resolve) => {
          const socket = connect(Number(port), '127.0.0.1', () => {
            socket.write(words, () => socket.destroy());
          });
          socket
            .on('error', () => undefined)
            .on('close', () => {
              resolve();
            });
        });
      }
    });
  });

  test('paths that lead elsewhere', async () => {
    await besides(async () => {
      for (const path of [
        '/channels/sms/acme/none',
        '/channels/sms/other/text',
        '/channels/xmpp/acme/text',
        '/channels/web/acme/text',
        '/media/forged',
        '/.env',
        '/channels/sms/acme/%2e%2e/%2e%2e/secret',
      ])
        expect([path, (await fetch(rig.publicUrl + path, { method: 'POST', body: 'x' })).status]).toEqual([
          path,
          expect.toBeOneOf([400, 404, 405]),
        ]);
    });
  });

  let transactions = 0;
  async function transaction(
    body: string | Uint8Array<ArrayBuffer>,
    token: string | undefined = hsToken,
  ): Promise<number> {
    transactions += 1;
    const url = `${rig.appserviceUrl}/_matrix/app/v1/transactions/bad-${String(transactions)}`;
    const answer = await fetch(url, {
      method: 'PUT',
      headers: {
        'content-type': 'application/json',
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
      },
      body,
    });
    await answer.arrayBuffer();
    return answer.status;
  }
  const event = (more: object = {}): object => ({
    event_id: `$forged-${String(transactions)}`,
    room_id: room,
    sender: anna.userId,
    type: 'm.room.message',
    origin_server_ts: Date.now(),
    content: { msgtype: 'm.text', body: 'forged' },
    ...more,
  });

  test('transactions without the token, or with another', async () => {
    await besides(async () => {
      const body = JSON.stringify({ events: [event()] });
      expect(await transaction(body, '')).toBe(401);
      expect(await transaction(body, 'guess')).toBe(403);
      expect(await transaction(body, `${hsToken}x`)).toBe(403);
    });
    expect(sam.texts()).not.toContain('forged');
  });

  test('transactions that are truncated, oversized, deeply nested or of the wrong type', async () => {
    await besides(async () => {
      const whole = JSON.stringify({ events: [event()] });
      expect(await transaction(whole.slice(0, -10))).toBe(400);
      expect(await transaction('[]')).toBe(400);
      expect(await transaction('null')).toBe(400);
      expect(await transaction('{"events":{}}')).toBe(400);
      expect(await transaction(`{"events":${deep(500_000)}}`)).toBe(200); // an event that is none, set aside;
      expect(await transaction(Buffer.from([0xff, 0xfe, 0x00]))).toBe(400);
      expect(await transaction(`{"events":[],"x":"${'x'.repeat(17 * 1024 * 1024)}"}`)).toBe(413);
    });
    expect(sam.texts()).not.toContain('forged');
  });

  test('events that are nonsense, beside good ones in one transaction', async () => {
    await besides(async () => {
      const odd = [
        null,
        'event',
        [],
        {},
        event({ content: null }),
        event({ content: [] }),
        event({ sender: 7 }),
        event({ room_id: 'room' }),
        event({ origin_server_ts: 'now' }),
        event({ content: { msgtype: 'm.text', body: JSON.parse(deep(200)) as unknown } }),
        event({ event_id: '$odd-1', content: { msgtype: 'm.text', body: { toString: 'no' } } }),
        event({ event_id: '$odd-2', content: { msgtype: ['m.text'], body: 'forged' } }),
        event({ event_id: '$odd-3', type: 'm.room.member', state_key: 'nobody', content: { membership: 7 } }),
        event({
          event_id: '$odd-4',
          content: { msgtype: 'm.text', body: 'forged', 'm.relates_to': 'x' },
          sender: '@ghost:elsewhere',
        }),
        event({ event_id: '$odd-5', type: 'm.room.redaction', content: { redacts: 9 } }),
        event({
          event_id: '$odd-6',
          type: 'm.reaction',
          content: { 'm.relates_to': { rel_type: 'm.annotation' } },
        }),
        event({
          event_id: '$odd-7',
          content: { __proto__: { msgtype: 'm.text' }, body: 'forged', constructor: 1 },
        }),
      ];
      const good = event({ event_id: '$good', content: { msgtype: 'm.text', body: 'in good company' } });
      const ephemeral = [null, { type: 'm.typing', room_id: 7 }, { type: 'm.receipt', content: [] }];
      expect(await transaction(JSON.stringify({ events: [...odd, good], ephemeral }))).toBe(200);
      await sam.gets('in good company');
    });
    expect(sam.texts()).not.toContain('forged');
  });

  test('what anybody may ask, and what nobody may', async () => {
    expect((await fetch(`${rig.publicUrl}/health`)).status).toBe(200);
    expect((await fetch(`${rig.appserviceUrl}/_matrix/app/v1/users/@x:acme.localhost`)).status).toBe(401);
    expect((await fetch(`${rig.appserviceUrl}/`)).status).toBe(404);
    expect(rig.log()).not.toContain('let me in');
    expect(rig.log()).not.toContain(hsToken);
  });
});

function deep(levels: number): string {
  return '['.repeat(levels) + ']'.repeat(levels);
}
