import { createHmac, randomUUID } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import type { Connection } from '../../../src/channels/channel.ts';
import { loopback } from '../../../src/channels/loopback/index.ts';
import { as } from '../../../src/platform/ids.ts';
import { createTestHost, type TestHost } from '../../fixtures/test-host.ts';

const secret = 'a-secret-of-loopback-tests';

async function openLine(): Promise<{ host: TestHost; connection: Connection }> {
  const host = await createTestHost({ channel: 'loopback' });
  const line = {
    tenant: as<never>('acme'),
    id: as<never>('line-1'),
    channel: 'loopback',
    displayName: 'Acme',
  };
  const connection = await loopback.open({ ...line, parameters: { secret } }, host);
  host.mount(connection, loopback.maxBodyBytes);
  onTestFinished(async () => {
    await connection.close();
    await host.close();
  });
  return { host, connection };
}

async function ask(
  host: TestHost,
  path: string,
  key = secret,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const url = new URL(host.publicUrl + path);
  const signature = createHmac('sha256', key).update(`GET\n${url.pathname}${url.search}\n`).digest('hex');
  const response = await fetch(url, { headers: { 'x-loopback-signature': signature } });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function sendTexts(connection: Connection, to: string, texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    const message = { content: { kind: 'text', text } } as const;
    await connection.send({ id: as(to) }, { deliveryId: as(randomUUID()), message });
  }
}

test('without a callback URL, the program asks for what came after what it knows', async () => {
  const { host, connection } = await openLine();
  await sendTexts(connection, 'carol', ['one', 'two', 'three']);
  await sendTexts(connection, 'carola', ['for somebody else']);
  const all = await ask(host, '/messages?address=carol');
  expect(all.body).toMatchObject({
    messages: [
      { sequence: 1, text: 'one' },
      { sequence: 2, text: 'two' },
      { sequence: 3, text: 'three' },
    ],
  });
  const later = await ask(host, '/messages?address=carol&after=2');
  expect(later.body).toMatchObject({ messages: [{ sequence: 3, text: 'three' }] });
});

test('without a callback URL, nothing is promised that must be told at once', async () => {
  const { connection } = await openLine();
  const capabilities = loopback.capabilities({ secret });
  expect([capabilities.typing.out, capabilities.receipts.markRead]).toEqual([false, false]);
  expect(Object.keys(connection)).not.toContain('typing');
  expect(Object.keys(connection)).not.toContain('markRead');
});

test('messages sent at once are numbered one after the other', async () => {
  const { host, connection } = await openLine();
  await Promise.all(
    Array.from({ length: 20 }, (_, index) => sendTexts(connection, 'carol', [`text ${index}`])),
  );
  const { body } = await ask(host, '/messages?address=carol');
  const numbers = (body['messages'] as { sequence: number }[]).map(({ sequence }) => sequence);
  expect(numbers).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
});

test('the last thousand are kept', async () => {
  const { host, connection } = await openLine();
  await sendTexts(
    connection,
    'carol',
    Array.from({ length: 1005 }, (_, index) => `text ${index + 1}`),
  );
  const { body } = await ask(host, '/messages?address=carol');
  expect(body['messages']).toHaveLength(100);
  expect((body['messages'] as object[])[0]).toMatchObject({ sequence: 6, text: 'text 6' });
});

test.each([
  ['/messages?address=carol', 'another-secret-of-tests', 403],
  ['/messages', secret, 400],
  ['/messages?address=carol&after=-1', secret, 400],
  ['/messages?address=carol&after=x', secret, 400],
  ['/elsewhere', secret, 404],
])('GET %s signed by %s is answered %i', async (path, key, status) => {
  const { host } = await openLine();
  const answer = await ask(host, path, key);
  expect(answer.status).toBe(status);
  expect(answer.body['error']).toEqual(expect.any(String));
});
