import { randomUUID } from 'node:crypto';
import { afterEach, expect, test, vi } from 'vitest';
import type { Address, Connection, OtherConnections } from '../../../src/channels/channel.ts';
import { web } from '../../../src/channels/web/index.ts';
import { as } from '../../../src/platform/ids.ts';
import { memoryRecords } from '../../fixtures/memory-records.ts';
import { createTestHost, type TestHost } from '../../fixtures/test-host.ts';
import { WebClient } from './web-client.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** The same line open in two replicas: one store, and words between them. */
async function twoReplicas(): Promise<{ host: TestHost; connection: Connection }[]> {
  const records = memoryRecords();
  const listeners: { of: number; listener: (text: string) => void }[] = [];
  const others = (me: number): OtherConnections => ({
    tell: (text) => {
      for (const { of, listener } of listeners) if (of !== me) setImmediate(() => listener(text));
    },
    hear: (listener) => {
      listeners.push({ of: me, listener });
    },
  });
  return Promise.all(
    [0, 1].map(async (me) => {
      const host = await createTestHost({ channel: 'web', records, others: others(me) });
      const parameters = web.parameters.parse({ secret: 'a secret of the line', allowedOrigins: [] });
      const line = { tenant: as<never>('acme'), id: as<never>('line-1'), channel: 'web', parameters };
      const connection = await web.open({ ...line, displayName: 'Acme' }, host);
      host.mount(connection, web.maxBodyBytes);
      closing.push(async () => {
        await connection.close();
        await host.close();
      });
      return { host, connection };
    }),
  );
}

async function chat(): Promise<{
  readonly address: Address;
  readonly here: WebClient;
  readonly there: WebClient;
  readonly connections: readonly Connection[];
}> {
  const [one, two] = await twoReplicas();
  const here = new WebClient(one!.host.publicUrl);
  await here.begin();
  const there = new WebClient(two!.host.publicUrl);
  there.token = here.token;
  closing.push(
    () => here.cut(),
    () => there.cut(),
  );
  await here.say('who am I');
  const { from } = await one!.host.until((event) => event.kind === 'message');
  return { address: from, here, there, connections: [one!.connection, two!.connection] };
}

const saying = (words: string) => ({
  deliveryId: as<never>(randomUUID()),
  message: { content: { kind: 'text' as const, text: words } },
  sender: { name: 'Anna', kind: 'agent' as const },
});
const textsOf = (client: WebClient): string[] =>
  client.events.flatMap(({ event, data }) =>
    event === 'message' ? [String((data['content'] as { text?: string }).text)] : [],
  );

test('a browser sees at once what another replica delivers, and that its agent types', async () => {
  const { address, there, connections } = await chat();
  await there.listen();
  await vi.waitUntil(() => textsOf(there).includes('who am I'));
  connections[0]!.typing?.(address, true, 'Anna');
  await vi.waitUntil(() => there.events.some(({ event }) => event === 'typing'));
  await connections[0]!.send(address, saying('from the other replica'));
  await vi.waitUntil(() => textsOf(there).includes('from the other replica'));
});

test('what both replicas write into one visitor’s log at once stands there once, each under its own number', async () => {
  const { address, here, there, connections } = await chat();
  await Promise.all([here.listen(), there.listen()]);
  const words = Array.from({ length: 20 }, (_, n) => `word ${n}`);
  await Promise.all(
    words.map(async (word, n) => {
      if (n % 2 === 0) await connections[n % 4 === 0 ? 0 : 1]!.send(address, saying(word));
      else expect((await (n % 4 === 1 ? here : there).say(word)).status).toBe(200);
    }),
  );
  for (const client of [here, there]) {
    await vi.waitUntil(() => words.every((word) => textsOf(client).includes(word)));
    const texts = textsOf(client).filter((text) => text.startsWith('word'));
    expect([...texts].sort()).toEqual([...words].sort());
    const ids = client.events.flatMap(({ id }) => (id === undefined ? [] : [id]));
    expect(ids).toEqual(ids.map((_, at) => at + 1));
  }
});
