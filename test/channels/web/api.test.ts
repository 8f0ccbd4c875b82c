import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Address, Connection, Outgoing } from '../../../src/channels/channel.ts';
import { web } from '../../../src/channels/web/index.ts';
import type { Message } from '../../../src/message/message.ts';
import { as } from '../../../src/platform/ids.ts';
import { manualClock } from '../../fixtures/manual-clock.ts';
import { createTestHost, type TestHost, type TestHostOptions } from '../../fixtures/test-host.ts';
import { WebClient } from './web-client.ts';

const shop = 'https://shop.example';
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface Opened {
  readonly host: TestHost;
  readonly connection: Connection;
  readonly client: (headers?: Readonly<Record<string, string>>) => WebClient;
}

async function open(parameters: object = {}, options: Partial<TestHostOptions> = {}): Promise<Opened> {
  const host = await createTestHost({ channel: 'web', ...options });
  const line = {
    tenant: as<never>('acme'),
    id: as<never>('line-1'),
    channel: 'web',
    parameters: web.parameters.parse({
      secret: 'a secret of the line',
      allowedOrigins: [shop],
      ...parameters,
    }),
    displayName: 'Acme & Sons',
  };
  const connection = await web.open(line, host);
  host.mount(connection, web.maxBodyBytes);
  closing.push(async () => {
    await connection.close();
    await host.close();
  });
  return {
    host,
    connection,
    client(headers = {}) {
      const client = new WebClient(host.publicUrl, headers);
      closing.push(() => client.cut());
      return client;
    },
  };
}

const outgoing = (message: Message, deliveryId: string = randomUUID()): Outgoing => ({
  deliveryId: as(deliveryId),
  message,
  sender: { name: 'Anna', kind: 'agent' },
});
const text = (words: string): Message => ({ content: { kind: 'text', text: words } });

test('the core is told the browser and its language with the first word', async () => {
  const { host, client } = await open();
  const agent = { 'user-agent': `Chatty/2.0 ${'x'.repeat(400)}` };
  const visitor = await client(agent).begin({ language: 'de-CH' });
  await visitor.call('POST', '/messages', { kind: 'text', id: randomUUID(), text: 'Grüezi' });
  const [event] = host.events;
  const app = event?.kind === 'message' ? event.profile?.app : undefined;
  expect(app?.language).toBe('de-CH');
  expect(app?.client).toMatch(/^Chatty\/2\.0 x{289}$/);
});

async function addressOf(host: TestHost, client: WebClient): Promise<Address> {
  await client.say('who am I');
  return (await host.until((event) => event.kind === 'message')).from;
}

describe('origins', () => {
  test('an allowed site may, others may not, and each is told so', async () => {
    const { host, client } = await open();
    const preflight = await fetch(`${host.publicUrl}/messages`, {
      method: 'OPTIONS',
      headers: { origin: shop, 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe(shop);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization');
    const allowed = await client({ origin: shop }).call('POST', '/visitors', {});
    expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([201, shop]);
    expect(allowed.headers.get('vary')).toContain('origin');
    for (const origin of [
      'https://evil.example',
      'http://shop.example',
      `${shop}:444`,
      'null',
      `${shop}.evil.example`,
    ]) {
      const refused = await client({ origin }).call('POST', '/visitors', {});
      expect([refused.status, refused.headers.get('access-control-allow-origin')], origin).toEqual([
        403,
        null,
      ]);
    }
  });

  test('with no site allowed, the hosted page still works, and nobody may frame it', async () => {
    const { host, client } = await open({ allowedOrigins: [] });
    const own = await client({ origin: new URL(host.publicUrl).origin }).call('POST', '/visitors', {});
    expect(own.status).toBe(201);
    expect((await client({ origin: shop }).call('POST', '/visitors', {})).status).toBe(403);
    const page = await fetch(`${host.publicUrl}/chat`);
    expect(page.headers.get('content-security-policy')).toMatch(/frame-ancestors 'self'$/);
  });
});

describe('the page', () => {
  test('has a strict policy, no script of its own, and a title that cannot break out', async () => {
    const { host } = await open({ title: '</title><script>alert(1)</script>' });
    const page = await fetch(`${host.publicUrl}/chat`);
    const policy = page.headers.get('content-security-policy')!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`frame-ancestors 'self' ${shop}`);
    expect(policy).not.toContain('unsafe');
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
    const html = await page.text();
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(html).toContain('<script src="widget.js" data-mode="page" defer></script>');
    const root = await fetch(host.publicUrl, { redirect: 'manual' });
    expect([root.status, root.headers.get('location')]).toEqual([302, '/channels/web/acme/line-1/chat']);
  });
});

describe('visitors', () => {
  test('are limited by network, with the time to come back', async () => {
    const clock = manualClock();
    const { client } = await open({ limits: { visitorsPerHour: 2 } }, { clock });
    await client().begin();
    await client().begin();
    const third = await client().call('POST', '/visitors', {});
    expect([third.status, third.headers.get('retry-after')]).toEqual([429, '1800']);
    clock.advance(1_800_000);
    await client().begin();
  });

  test('say what is wrong, field by field', async () => {
    const { client } = await open();
    const response = await client().call('POST', '/visitors', {
      email: 'nobody',
      page: 'javascript:1',
      extra: 1,
    });
    expect(response.status).toBe(422);
    const problem = (await response.json()) as { errors: { field: string }[] };
    expect(problem.errors.map(({ field }) => field)).toEqual(expect.arrayContaining(['email', 'page']));
  });

  test('are known by a token of this line only, until it expires', async () => {
    const clock = manualClock();
    const { host, client: newClient } = await open({}, { clock });
    const client = await newClient().begin();
    expect((await client.say('hello')).status).toBe(200);
    const foreign = await open({ secret: 'a secret of another line' }, { clock, records: host.records });
    const intruder = foreign.client();
    intruder.token = client.token;
    expect((await intruder.say('hello')).status).toBe(401);
    clock.advance(31 * 86_400_000);
    expect((await client.say('too late')).status).toBe(401);
  });

  test('get a new token when half of the old one’s time is over', async () => {
    const clock = manualClock();
    const { client } = await open({}, { clock });
    const visitor = await client().begin();
    await visitor.listen();
    await vi.waitFor(() => expect(visitor.events[0]?.event).toBe('hello'));
    expect(visitor.events[0]?.data['token']).toBeUndefined();
    await visitor.cut();
    clock.advance(16 * 86_400_000);
    await visitor.listen();
    await vi.waitFor(() => expect(visitor.events.at(-1)?.data['token']).toBeTypeOf('string'));
  });

  test('are forgotten with all they said after the days that the line keeps', async () => {
    const clock = manualClock();
    const { host, connection, client } = await open({ keepDays: 10 }, { clock });
    const visitor = await client().begin();
    const uploaded = (await (await visitor.upload(Buffer.from('bytes'), 'text/plain', 'a.txt')).json()) as {
      file: string;
    };
    await visitor.call('POST', '/messages', { id: randomUUID(), kind: 'file', file: uploaded.file });
    await visitor.upload(Buffer.from('never sent'), 'text/plain', 'b.txt');
    const { from } = await host.until((event) => event.kind === 'message');
    clock.advance(11 * 86_400_000);
    await vi.waitFor(async () => {
      clock.advance(3_600_000);
      expect(await host.records.list({ prefix: '', limit: 100 })).toEqual([]);
    });
    await expect(connection.send(from, outgoing(text('are you there?')))).rejects.toMatchObject({
      kind: 'permanent',
      certain: true,
    });
  });
});

describe('messages', () => {
  test('sent twice, at once or later, are one; the answer is the same', async () => {
    const { host, client } = await open();
    const visitor = await client().begin();
    const body = { id: randomUUID(), kind: 'text', text: 'once' };
    const answers = await Promise.all([1, 2, 3].map(() => visitor.call('POST', '/messages', body)));
    const told = await Promise.all(answers.map((answer) => answer.json()));
    expect(new Set(told.map((each) => JSON.stringify(each))).size).toBe(1);
    expect(host.acceptedIds).toHaveLength(1);
  });

  test('cannot take the name of what an agent said, nor change it', async () => {
    const { host, connection, client } = await open();
    const visitor = await client().begin();
    const address = await addressOf(host, visitor);
    const sent = await connection.send(address, outgoing(text('mine')));
    const id = sent.id.split(':')[1]!;
    expect((await visitor.say('stolen', { id })).status).toBe(422);
    expect((await visitor.call('POST', `/messages/${id}/edit`, { id: randomUUID(), text: 'x' })).status).toBe(
      403,
    );
    expect((await visitor.call('POST', `/messages/${id}/retraction`, { id: randomUUID() })).status).toBe(403);
  });

  test('of one visitor are out of reach of another', async () => {
    const { host, client } = await open();
    const one = await client().begin();
    const other = await client().begin();
    const id = randomUUID();
    await one.say('private', { id });
    await host.until((event) => event.kind === 'message');
    const uploaded = (await (await one.upload(Buffer.from('secret'), 'text/plain')).json()) as {
      file: string;
    };
    expect((await other.call('POST', `/messages/${id}/retraction`, { id: randomUUID() })).status).toBe(404);
    expect((await other.say('re', { replyTo: id })).status).toBe(422);
    const file = { id: randomUUID(), kind: 'file', file: uploaded.file };
    expect((await other.call('POST', '/messages', file)).status).toBe(422);
    await other.listen();
    await vi.waitFor(() => expect(other.events.map(({ event }) => event)).toEqual(['hello']));
  });

  test('that were retracted are gone from the log, and so is the way to their files', async () => {
    const { host, client } = await open();
    const visitor = await client().begin();
    const uploaded = (await (await visitor.upload(Buffer.from('oops'), 'text/plain', 'x.txt')).json()) as {
      file: string;
    };
    const id = randomUUID();
    await visitor.call('POST', '/messages', { id, kind: 'file', file: uploaded.file });
    await visitor.listen();
    await vi.waitFor(() => expect(visitor.events.some(({ event }) => event === 'message')).toBe(true));
    const content = visitor.events.find(({ event }) => event === 'message')?.data['content'] as {
      file: { url: string };
    };
    const link = `${host.publicUrl}/${content.file.url}`;
    expect((await fetch(link)).status).toBe(200);
    await visitor.call('POST', `/messages/${id}/retraction`, { id: randomUUID() });
    expect((await fetch(link)).status).toBe(404);
    expect(JSON.stringify(await host.records.list({ prefix: 'entry/', limit: 10 }))).not.toContain('x.txt');
  });

  test('are limited by visitor, and a refused one can be sent again', async () => {
    const clock = manualClock();
    const { client } = await open({ limits: { messagesPerMinute: 3 } }, { clock });
    const [busy, calm] = [await client().begin(), await client().begin()];
    for (let index = 0; index < 3; index += 1) expect((await busy.say('hi')).status).toBe(200);
    const refused = await busy.say('too much');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '20']);
    expect((await calm.say('hi')).status).toBe(200);
    clock.advance(20_000);
    expect((await busy.say('now')).status).toBe(200);
  });
});

describe('the stream', () => {
  test('goes on after the last event that was seen, wherever it was cut', async () => {
    const { host, connection, client } = await open();
    const visitor = await client().begin();
    const address = await addressOf(host, visitor);
    const expected: string[] = [];
    for (let index = 0; index < 60; index += 1) {
      if (index % 3 === 0) {
        await visitor.cut();
        if (index % 2 === 0) await visitor.listen();
      }
      await connection.send(address, outgoing(text(`number ${index}`)));
      expected.push(`number ${index}`);
    }
    await visitor.cut();
    await visitor.listen();
    const said = (): unknown[] =>
      visitor.events.flatMap(({ event, data }) =>
        event === 'message' && data['by'] === 'agent' ? [(data['content'] as { text: string }).text] : [],
      );
    await vi.waitFor(() => expect(said()).toHaveLength(60));
    expect(said()).toEqual(expected);
    const ids = visitor.events.flatMap(({ id }) => (id === undefined ? [] : [id]));
    expect(ids).toEqual(ids.map((_, index) => index + 1));
  });

  test('ends with the line, and keeps only so many entries', async () => {
    const { host, connection, client } = await open({ keepEntries: 50 });
    const visitor = await client().begin();
    const address = await addressOf(host, visitor);
    for (let index = 0; index < 80; index += 1) await connection.send(address, outgoing(text(`${index}`)));
    expect(await host.records.list({ prefix: 'entry/', limit: 200 })).toHaveLength(50);
    expect(await host.records.list({ prefix: 'name/', limit: 200 })).toHaveLength(50);
    await visitor.listen();
    await vi.waitFor(() => expect(visitor.events).toHaveLength(51));
    await connection.close();
    await visitor.cut();
  });

  test('survives a restart: another process goes on with the same records', async () => {
    const first = await open();
    const visitor = await first.client().begin();
    const address = await addressOf(first.host, visitor);
    await first.connection.send(address, outgoing(text('before'), 'delivery-1'));
    await first.connection.close();
    const second = await open({}, { records: first.host.records });
    await second.connection.send(address, outgoing(text('before'), 'delivery-1'));
    await second.connection.send(address, outgoing(text('after'), 'delivery-2'));
    const back = second.client();
    back.token = visitor.token;
    await back.listen();
    await vi.waitFor(() => expect(back.events.filter(({ data }) => data['by'] === 'agent')).toHaveLength(2));
  });
});

describe('receipts and sessions', () => {
  test('never go backwards, and tell each message once', async () => {
    const { host, connection, client } = await open();
    const visitor = await client().begin();
    const address = await addressOf(host, visitor);
    const sent: string[] = [];
    for (const words of ['one', 'two', 'three'])
      sent.push((await connection.send(address, outgoing(text(words)))).id);
    const tell = (body: object): Promise<Response> => visitor.call('POST', '/receipts', body);
    await tell({ delivered: 4 });
    await tell({ delivered: 5, read: 4 });
    await tell({ delivered: 3, read: 3 });
    await tell({ read: 999 });
    const receipts = host.events.flatMap((event) =>
      event.kind === 'receipt' ? [`${event.status} ${sent.indexOf(event.target)}`] : [],
    );
    expect(receipts).toEqual(['delivered 0', 'delivered 1', 'delivered 2', 'read 1', 'read 2']);
  });

  test('the session is told once each time that it changes', async () => {
    const { host, connection, client } = await open();
    const visitor = await client().begin();
    const address = await addressOf(host, visitor);
    await visitor.listen();
    for (const change of [
      { state: 'open' },
      { state: 'open', agentName: 'Anna' },
      { state: 'open', agentName: 'Anna' },
      { state: 'closed' },
      { state: 'closed' },
    ] as const) {
      connection.sessionChanged!(address, change);
    }
    await visitor.say('again');
    const sessions = (): string[] =>
      visitor.events.flatMap(({ event, data }) =>
        event === 'session' ? [[data['state'], data['agentName'] ?? '-'].join(' ')] : [],
      );
    await vi.waitFor(() => expect(sessions()).toEqual(['open -', 'open Anna', 'closed -', 'open -']));
    expect((await visitor.call('POST', '/end', { id: randomUUID() })).status).toBe(200);
    expect((await visitor.call('POST', '/end', { id: randomUUID() })).status).toBe(409);
    expect(host.events.filter(({ kind }) => kind === 'ended')).toHaveLength(1);
  });

  test('a visitor who vanishes stops typing', async () => {
    const clock = manualClock();
    const { host, client } = await open({}, { clock });
    const visitor = await client().begin();
    await visitor.call('POST', '/typing', { active: true });
    clock.advance(10_000);
    expect(host.typings.map(({ active }) => active)).toEqual([true, false]);
  });
});

describe('files', () => {
  test('of an agent can be had in parts; what a browser would run is saved instead', async () => {
    const { host, connection, client } = await open();
    const visitor = await client().begin();
    const address = await addressOf(host, visitor);
    const bytes = Buffer.from('0123456789');
    await connection.send(
      address,
      outgoing({ content: { kind: 'video', media: host.addMedia(bytes, 'video/mp4', 'a"b\r\n.mp4') } }),
    );
    await connection.send(
      address,
      outgoing({ content: { kind: 'file', media: host.addMedia(bytes, 'text/html', 'ü.html') } }),
    );
    await visitor.listen();
    await vi.waitFor(() =>
      expect(visitor.events.filter(({ data }) => data['by'] === 'agent')).toHaveLength(2),
    );
    const [video, page] = visitor.events
      .filter(({ data }) => data['by'] === 'agent')
      .map(({ data }) => `${host.publicUrl}/${(data['content'] as { file: { url: string } }).file.url}`);
    const part = await fetch(video!, { headers: { range: 'bytes=2-4' } });
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
      206,
      'bytes 2-4/10',
      '234',
    ]);
    expect(part.headers.get('content-disposition')).toContain('inline; filename="a_b.mp4"');
    for (const [range, expected] of [
      ['bytes=-3', '789'],
      ['bytes=7-', '789'],
      ['bytes=99-', '0123456789'],
      ['bytes=0-1,3-4', '0123456789'],
    ] as const) {
      expect(await (await fetch(video!, { headers: { range } })).text(), range).toBe(expected);
    }
    const saved = await fetch(page!);
    expect(saved.headers.get('content-type')).toBe('application/octet-stream');
    expect(saved.headers.get('content-disposition')).toBe(
      `attachment; filename="_.html"; filename*=UTF-8''%C3%BC.html`,
    );
    expect(saved.headers.get('content-security-policy')).toContain('sandbox');
    expect((await fetch(page!.slice(0, -1))).status).toBe(404);
  });

  test('too large or wrongly named are refused', async () => {
    const { host, client } = await open({ maxFileBytes: 1000 });
    const visitor = await client().begin();
    expect((await visitor.upload(Buffer.alloc(1001), 'text/plain')).status).toBe(413);
    const named = await visitor.upload(Buffer.from('x'), 'text/plain', '../../etc/\u202epasswd\u0000');
    expect(((await named.json()) as { name: string }).name).toBe('passwd');
    expect(host.logger.lines.filter((line) => line.startsWith('error'))).toEqual([]);
  });
});
