import { request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { eventOf, openEndpoint } from './fixture.ts';

type Opened = Awaited<ReturnType<typeof openEndpoint>>;
let open: Opened | undefined;
const start = async (...options: Parameters<typeof openEndpoint>): Promise<Opened> =>
  (open = await openEndpoint(...options));
afterEach(async () => {
  await open?.endpoint.stop(100);
  open = undefined;
});

test('events reach the homeserver to which the token belongs', async () => {
  const { push, received } = await start();
  expect(await push('1', { events: [eventOf('a')] })).toEqual({ status: 200, body: {} });
  expect((await push('1', { events: [eventOf('b')] }, 'blue-token-2')).status).toBe(200);
  expect(received.map(({ homeserver, events }) => [homeserver, events.map((e) => e.event_id)])).toEqual([
    ['red', ['$a']],
    ['blue', ['$b']],
  ]);
});

test.each([
  ['no token', null, 401, 'M_MISSING_TOKEN'],
  ['an empty token', '', 401, 'M_MISSING_TOKEN'],
  ['a wrong token', 'red-token-2', 403, 'M_FORBIDDEN'],
  ['a beginning of the token', 'red-token', 403, 'M_FORBIDDEN'],
  ['the other token (as_token)', 'as-red-token-1', 403, 'M_FORBIDDEN'],
])('%s is refused', async (_, token, status, errcode) => {
  const { push, received, call } = await start();
  const answer = await push('1', { events: [eventOf('a')] }, token);
  expect([answer.status, answer.body['errcode']]).toEqual([status, errcode]);
  expect((await call('POST', '/_matrix/app/v1/ping', {}, token)).status).toBe(status);
  expect((await call('GET', '/_matrix/app/v1/users/%40x%3Ay', undefined, token)).status).toBe(status);
  expect(received).toEqual([]);
});

test('a token in the query counts only where the operator says so', async () => {
  const path = '/_matrix/app/v1/ping?access_token=red-token-1';
  const { call, endpoint } = await start();
  expect((await call('POST', path, {}, null)).status).toBe(401);
  await endpoint.stop(100);
  const lenient = await start({ tokenInQuery: true });
  expect((await lenient.call('POST', path, {}, null)).status).toBe(200);
});

test('the acknowledgement waits until the events are durable', async () => {
  const durable = Promise.withResolvers<undefined>();
  const { push, received } = await start({ onTransaction: () => durable.promise });
  let answered = false;
  const answer = push('1', { events: [eventOf('a')] }).finally(() => (answered = true));
  await vi.waitFor(() => {
    expect(received).toHaveLength(1);
  });
  // Another request of the same server is answered meanwhile: it is not the server that is slow.
  expect((await open!.call('POST', '/_matrix/app/v1/ping', {})).status).toBe(200);
  expect(answered).toBe(false);
  durable.resolve(undefined);
  expect((await answer).status).toBe(200);
});

test('a store that fails makes the homeserver come again', async () => {
  let works = false;
  const { push, received } = await start({
    onTransaction: async () => {
      if (!works) throw new Error('disk full');
    },
  });
  const refused = await push('1', { events: [eventOf('a')] });
  expect(refused.status).toBe(503);
  expect(JSON.stringify(refused.body)).not.toContain('disk');
  works = true;
  expect((await push('1', { events: [eventOf('a')] })).status).toBe(200);
  expect(received).toHaveLength(2);
});

test('a transaction repeated while it is under way is handled once and answered twice', async () => {
  const durable = Promise.withResolvers<undefined>();
  const { push, received } = await start({ onTransaction: () => durable.promise });
  const both = [push('7', { events: [eventOf('a')] }), push('7', { events: [eventOf('a')] })];
  await vi.waitFor(() => {
    expect(received).toHaveLength(1);
  });
  await open!.call('POST', '/_matrix/app/v1/ping', {});
  durable.resolve(undefined);
  expect((await Promise.all(both)).map(({ status }) => status)).toEqual([200, 200]);
  expect(received).toHaveLength(1);
});

test('the same transaction id with other events is another transaction (Synapse on SQLite counts anew)', async () => {
  const durable = Promise.withResolvers<undefined>();
  const { push, received } = await start({ onTransaction: () => durable.promise });
  const first = push('1', { events: [eventOf('a')] });
  await vi.waitFor(() => {
    expect(received).toHaveLength(1);
  });
  const second = push('1', { events: [eventOf('b')] });
  await open!.call('POST', '/_matrix/app/v1/ping', {});
  durable.resolve(undefined);
  expect((await Promise.all([first, second])).map(({ status }) => status)).toEqual([200, 200]);
  expect((await push('1', { events: [eventOf('c')] })).status).toBe(200);
  expect(received.flatMap(({ events }) => events.map((e) => e.event_id))).toEqual(['$a', '$b', '$c']);
});

test('transactions of one homeserver do not overtake each other; another homeserver does not wait', async () => {
  const first = Promise.withResolvers<undefined>();
  let calls = 0;
  const { push, received } = await start({
    onTransaction: async () => {
      calls += 1;
      if (calls === 1) await first.promise;
    },
  });
  const slow = push('1', { events: [eventOf('a')] });
  await vi.waitFor(() => {
    expect(received).toHaveLength(1);
  });
  const next = push('2', { events: [eventOf('b')] });
  expect((await push('1', { events: [eventOf('c')] }, 'blue-token-2')).status).toBe(200);
  expect(received.map(({ homeserver }) => homeserver)).toEqual(['red', 'blue']);
  first.resolve(undefined);
  await Promise.all([slow, next]);
  expect(received.map(({ events }) => events[0]?.event_id)).toEqual(['$a', '$c', '$b']);
});

test('what is no event is set aside, the others go on', async () => {
  const nested = { body: JSON.parse('['.repeat(100) + ']'.repeat(100)) as unknown };
  const bad: unknown[] = [
    null,
    'text',
    7,
    [],
    {},
    eventOf('x', { event_id: 5 }),
    eventOf('x', { event_id: 'no-dollar' }),
    eventOf('x', { room_id: undefined }),
    eventOf('x', { sender: { evil: true } }),
    eventOf('x', { sender: `@${'a'.repeat(300)}:localhost` }),
    eventOf('x', { type: ['m.room.message'] }),
    eventOf('x', { content: 'text' }),
    eventOf('x', { content: null }),
    eventOf('x', { content: [] }),
    eventOf('x', { origin_server_ts: 'yesterday' }),
    eventOf('x', { state_key: 3 }),
    eventOf('x', { redacts: {} }),
    eventOf('x', { unsigned: 'x' }),
    eventOf('x', { content: nested }),
  ];
  const { push, received, reports } = await start();
  const events = [eventOf('first'), ...bad, eventOf('last', { state_key: '' })];
  expect((await push('1', { events })).status).toBe(200);
  expect(received[0]?.events.map((event) => event.event_id)).toEqual(['$first', '$last']);
  expect(received[0]?.events[1]?.state_key).toBe('');
  expect(reports).toMatchObject([{ homeserver: 'red', status: 200, events: 2, setAside: bad.length }]);
});

test('the log says where a bad event was, not what it said', async () => {
  const lines: unknown[] = [];
  const keep = (fields: object, message: string) => lines.push([fields, message]);
  const logger = { debug: keep, info: keep, warn: keep, error: keep, child: () => logger };
  const { push } = await start({ logger });
  await push('9', { events: [eventOf('a'), eventOf('b', { content: 'my secret words' })] });
  expect(JSON.stringify(lines)).toContain('"transaction":"9","index":1,"reason":"content: ');
  expect(JSON.stringify(lines)).not.toContain('secret');
});

test.each([
  ['truncated JSON', '{"events": [{"event_id": "$a"', 400, 'M_NOT_JSON'],
  ['no JSON', 'hello', 400, 'M_NOT_JSON'],
  ['an empty body', '', 400, 'M_NOT_JSON'],
  ['a list', '[]', 400, 'M_BAD_JSON'],
  ['a number', '5', 400, 'M_BAD_JSON'],
  ['events that are no list', '{"events": {"a": 1}}', 400, 'M_BAD_JSON'],
  ['too much', `{"events": [], "x": "${'x'.repeat(3000)}"}`, 413, 'M_TOO_LARGE'],
])('%s is refused, and the next request is served', async (_, body, status, errcode) => {
  const { push, received } = await start({ maxBodyBytes: 2000 });
  const answer = await push('1', body);
  expect([answer.status, answer.body['errcode']]).toEqual([status, errcode]);
  expect((await push('1', { events: [eventOf('a')] })).status).toBe(200);
  expect(received).toHaveLength(1);
});

test('a body without a length is cut off at the limit', async () => {
  const { port, push } = await start({ maxBodyBytes: 100_000 });
  const chunk = Buffer.alloc(64 * 1024, ' ');
  const outcome = await new Promise<number | string | undefined>((resolve) => {
    // Not fetch: it reads a body ahead while it connects, and this one has no end.
    const sending = request(
      {
        ...{ host: '127.0.0.1', port, method: 'PUT', path: '/_matrix/app/v1/transactions/1' },
        headers: { authorization: 'Bearer red-token-1' },
      },
      (answer) => {
        resolve(answer.statusCode);
        sending.destroy();
      },
    ).on('error', () => {
      resolve('connection closed');
    });
    const write = (): void => {
      while (sending.write(chunk));
    };
    sending.on('drain', write);
    write();
  });
  expect([413, 'connection closed']).toContain(outcome);
  expect((await push('1', { events: [] })).status).toBe(200);
});

test('nesting by the million fells nobody', async () => {
  const { push, received } = await start();
  const deep = '['.repeat(1_000_000) + ']'.repeat(1_000_000);
  expect((await push('1', `{"events": [${deep}]}`)).status).toBe(200);
  expect((await push('2', `{"events": [], "ephemeral": [${deep}], "x": ${deep}}`)).status).toBe(200);
  expect((await push('3', { events: [eventOf('a')] })).status).toBe(200);
  expect(received.flatMap(({ events }) => events)).toHaveLength(1);
});

test('a connection that ends in the middle of a body acknowledges nothing and harms nobody', async () => {
  const { port, push, received } = await start();
  await new Promise<void>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(
        'PUT /_matrix/app/v1/transactions/1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer red-token-1\r\n' +
          'Content-Length: 1000\r\n\r\n{"events": []',
        () => socket.destroy(),
      );
    });
    socket.on('close', () => {
      resolve();
    });
  });
  expect((await push('1', { events: [eventOf('a')] })).status).toBe(200);
  expect(received).toHaveLength(1);
});

test('large transactions: 100 events of 60 kB', async () => {
  const { push, received } = await start();
  const events = Array.from({ length: 100 }, (_, index) =>
    eventOf(`e${index}`, { content: { body: 'x'.repeat(60_000) } }),
  );
  expect((await push('1', { events })).status).toBe(200);
  expect(received[0]?.events).toHaveLength(100);
});

const typing = { type: 'm.typing', room_id: '!r:localhost', content: { user_ids: ['@a:localhost'] } };
const receipt = {
  type: 'm.receipt',
  room_id: '!r:localhost',
  content: {
    $e: {
      'm.read': { '@a:localhost': { ts: 5, thread_id: 'main' } },
      'm.read.private': { '@b:localhost': {} },
    },
  },
};
test.each(['ephemeral', 'de.sorunome.msc2409.ephemeral'])(
  'typing and receipts under the key %s',
  async (key) => {
    const { push, received } = await start();
    const presence = { type: 'm.presence', sender: '@a:localhost', content: {} };
    const others = [presence, null, { type: 'm.typing' }, { ...receipt, content: { $e: 5 } }];
    expect((await push('1', { events: [], [key]: [...others, typing, receipt] })).status).toBe(200);
    expect(received[0]?.ephemeral).toEqual([
      { kind: 'typing', room: '!r:localhost', users: ['@a:localhost'] },
      {
        kind: 'receipts',
        room: '!r:localhost',
        receipts: [
          { user: '@a:localhost', event: '$e', private: false, thread: 'main', at: 5 },
          { user: '@b:localhost', event: '$e', private: true },
        ],
      },
    ]);
  },
);
test('both keys at once count once', async () => {
  const { push, received } = await start();
  await push('1', { events: [], ephemeral: [typing], 'de.sorunome.msc2409.ephemeral': [typing] });
  expect(received[0]?.ephemeral).toHaveLength(1);
});

test.each([
  ['POST', '/_matrix/app/v1/ping', 200],
  ['GET', '/_matrix/app/v1/users/%40_sb_x%3Alocalhost', 404],
  ['GET', '/_matrix/app/v1/rooms/%23_sb_x%3Alocalhost', 404],
  ['GET', '/_matrix/app/v1/thirdparty/protocol/sms', 404],
  ['GET', '/_matrix/app/v1/thirdparty/user', 404],
  ['POST', '/_matrix/app/v1/transactions/1', 405],
  ['GET', '/_matrix/app/v1/ping', 405],
  ['PUT', '/_matrix/app/v1/transactions/', 404],
  ['PUT', '/_matrix/app/v1/transactions/1/2', 404],
  ['PUT', '/transactions/1', 404],
  ['GET', '/', 404],
])('%s %s gives %i with a Matrix body', async (method, path, status) => {
  const { call } = await start();
  const answer = await call(method, path, method === 'GET' ? undefined : '{}');
  expect(answer.status).toBe(status);
  if (status !== 200) expect(answer.body['errcode']).toMatch(/^M_/);
});

test('stopping lets a transaction under way end and be answered, and takes no new one', async () => {
  const durable = Promise.withResolvers<undefined>();
  const { push, received, endpoint } = await start({ onTransaction: () => durable.promise });
  const under = push('1', { events: [eventOf('a')] });
  await vi.waitFor(() => {
    expect(received).toHaveLength(1);
  });
  const stopped = endpoint.stop();
  await expect(push('2', { events: [eventOf('b')] })).rejects.toThrow();
  durable.resolve(undefined);
  expect((await under).status).toBe(200);
  await stopped;
  expect(received).toHaveLength(1);
});
