import { Readable } from 'node:stream';
import { inspect } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import type { MatrixRoomId, MatrixUserId } from '../../../src/platform/ids.ts';
import { as } from '../../../src/platform/ids.ts';
import { matrixPath } from '../../../src/matrix/transport/homeserver-client.ts';
import { isPassing, MatrixError } from '../../../src/matrix/transport/matrix-error.ts';
import { createHomeserverClient } from '../../../src/matrix/transport/create-homeserver-client.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { json, openScripted, token } from './fixture.ts';

type Opened = Awaited<ReturnType<typeof openScripted>>;
let open: Opened | undefined;
const script = async (...options: Parameters<typeof openScripted>): Promise<Opened> =>
  (open = await openScripted(...options));
afterEach(async () => {
  await open?.close();
  open = undefined;
});

const whoami = {
  method: 'GET',
  path: '/_matrix/client/v3/account/whoami',
  schema: z.object({ user_id: z.string() }),
} as const;
const create = {
  method: 'POST',
  path: '/_matrix/client/v3/createRoom',
  schema: z.object({ room_id: z.string() }),
} as const;
const room = as<MatrixRoomId>('!a/b:localhost');
const ghost = as<MatrixUserId>('@_sb_ä+1:localhost');

async function failure(promise: Promise<unknown>): Promise<MatrixError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof MatrixError) return error;
    throw error;
  }
  throw new Error('expected a failure');
}

test('an event goes out under its transaction id, as the ghost, with time and device', async () => {
  const { client, seen } = await script((_, response) => json(response, 200, { event_id: '$e' }), {
    path: '/hs/',
  });
  const event = await client.sendEvent({
    room,
    type: 'm.room.message',
    content: { body: 'hi' },
    txnId: 'tx-1',
    actAs: ghost,
    device: 'SB',
    at: 5,
  });
  expect(event).toBe('$e');
  const [request] = seen;
  const url = new URL(request?.url ?? '', 'http://x');
  expect(url.pathname).toBe('/hs/_matrix/client/v3/rooms/!a%2Fb%3Alocalhost/send/m.room.message/tx-1');
  expect(Object.fromEntries(url.searchParams)).toEqual({
    ts: '5',
    user_id: ghost,
    device_id: 'SB',
    'org.matrix.msc3202.device_id': 'SB',
  });
  expect(request?.body).toBe('{"body":"hi"}');
  expect(request?.headers.authorization).toBe(`Bearer ${token}`);
  expect(request?.url).not.toContain(token);
});

test('lists in the query are repeated, undefined is left out', async () => {
  const { client, seen } = await script((_, response) => json(response, 200, { user_id: '@x:y' }));
  await client.request({ ...whoami, query: { a: ['1', '2'], b: undefined, c: false } });
  expect(seen[0]?.url).toBe('/_matrix/client/v3/account/whoami?a=1&a=2&c=false');
});

test('segments of a path are encoded', () => {
  expect(matrixPath`/a/${'#x/y:z?'}/b/${'%'}`).toBe('/a/%23x%2Fy%3Az%3F/b/%25');
});

test.each([502, 503, 504])('a GET is repeated after %i, later each time', async (status) => {
  const { client, waits, attempts } = await script((_, response, count) => {
    if (count < 4) json(response, status, { errcode: 'M_UNKNOWN' });
    else json(response, 200, { user_id: '@x:y' });
  });
  await client.request(whoami);
  expect(waits).toEqual([150, 300, 600]);
  expect(attempts.map((attempt) => [attempt.status, attempt.retried])).toEqual([
    [status, true],
    [status, true],
    [status, true],
    [200, false],
  ]);
});

test('it gives up after five attempts and says what came last', async () => {
  const { client, seen } = await script((_, response) => {
    response.writeHead(502, { 'content-type': 'text/html' });
    response.end('<html>Bad gateway</html>');
  });
  const error = await failure(client.request(whoami));
  expect(error).toMatchObject({ status: 502, errcode: 'M_UNKNOWN', certain: false });
  expect(seen).toHaveLength(5);
});

test.each([403, 404])('a %i of a proxy is not taken for a word of the homeserver', async (status) => {
  const { client } = await script((_request, response) => {
    response.writeHead(status, { 'content-type': 'text/html' });
    response.end('<html>nginx</html>');
  });
  const error = await failure(client.request(whoami));
  expect(error).toMatchObject({ status: 0, errcode: 'SWITCHBOARD_BAD_ANSWER' });
  expect(isPassing(error)).toBe(true);
});

test.each([
  ['POST', create],
  ['never', { ...whoami, retry: 'never' as const }],
])('what may have had an effect is not repeated: %s', async (_, request) => {
  const { client, seen } = await script((_request, response) => json(response, 502, {}));
  expect((await failure(client.request<unknown>(request))).certain).toBe(false);
  expect(seen).toHaveLength(1);
});

test.each([400, 401, 403, 404, 500])('%i is not repeated', async (status) => {
  const { client, seen } = await script((_, response) =>
    json(response, status, { errcode: 'M_SOMETHING', error: 'No.' }),
  );
  const error = await failure(client.request(whoami));
  expect(error).toMatchObject({ status, errcode: 'M_SOMETHING', certain: status < 500 });
  expect(error.message).toBe(`GET account/whoami: ${status} M_SOMETHING: No.`);
  expect(seen).toHaveLength(1);
});

test.each([
  ['Retry-After in seconds', { 'retry-after': '2' }, {}, 2000],
  ['retry_after_ms', {}, { retry_after_ms: 1500 }, 1500],
  ['the header before the body', { 'retry-after': '3' }, { retry_after_ms: 50 }, 3000],
])('429 is obeyed, for a POST too: %s', async (_, headers, body, wait) => {
  const { client, waits } = await script((_request, response, count) => {
    if (count === 1) json(response, 429, { errcode: 'M_LIMIT_EXCEEDED', ...body }, headers);
    else json(response, 200, { room_id: '!r' });
  });
  await client.request(create);
  expect(waits).toHaveLength(1);
  expect(waits[0]).toBeGreaterThanOrEqual(wait);
  expect(waits[0]).toBeLessThanOrEqual(wait * 1.1);
});

test('a date in Retry-After', async () => {
  const { client, waits } = await script((_request, response, count) => {
    const date = new Date(Date.now() + 25_000).toUTCString();
    if (count === 1) json(response, 503, {}, { 'retry-after': date });
    else json(response, 200, { user_id: '@x:y' });
  });
  await client.request(whoami);
  expect(waits[0]).toBeGreaterThan(15_000);
  expect(waits[0]).toBeLessThan(28_000);
});

test('who wants us to wait for very long is told to the caller instead', async () => {
  const { client, seen } = await script((_, response) =>
    json(response, 429, { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 120_000 }),
  );
  expect(await failure(client.request(whoami))).toMatchObject({
    status: 429,
    retryAfterMs: 120_000,
    certain: true,
  });
  expect(seen).toHaveLength(1);
});

test('a broken connection: a PUT is repeated with the same transaction id', async () => {
  const { client, seen, attempts } = await script((_, response, count) => {
    if (count < 3) response.socket?.destroy();
    else json(response, 200, { event_id: '$e' });
  });
  await client.sendEvent({ room, type: 't', content: {}, txnId: 'tx' });
  expect(new Set(seen.map(({ url }) => url)).size).toBe(1);
  expect(attempts.map(({ status }) => status)).toEqual([0, 0, 200]);
});

test('a broken connection: a POST is not repeated and may have had an effect', async () => {
  const { client, seen } = await script((_, response) => response.socket?.destroy());
  const error = await failure(client.request(create));
  expect(error).toMatchObject({ status: 0, errcode: 'SWITCHBOARD_UNREACHABLE', certain: false });
  expect(seen).toHaveLength(1);
});

test('no connection: certainly no effect, so a POST is repeated too', async () => {
  const dead = await openScriptedClosed();
  const error = await failure(dead.client.request(create));
  expect(error).toMatchObject({ status: 0, errcode: 'SWITCHBOARD_UNREACHABLE', certain: true });
  expect(error.message).toContain('ECONNREFUSED');
  expect(dead.attempts).toHaveLength(5);
  await dead.client.close();
  expect((await failure(dead.client.request(whoami))).errcode).toBe('SWITCHBOARD_CLOSED');
});

/** A client whose server has gone. */
async function openScriptedClosed() {
  const gone = await openScripted(() => undefined);
  await gone.close();
  const attempts: number[] = [];
  const client = createHomeserverClient({
    url: `http://127.0.0.1:${gone.port}`,
    asToken: token,
    clock: { ...systemClock, after: (_, action) => systemClock.after(0, action) },
    observe: ({ status }) => attempts.push(status),
  });
  return { client, attempts };
}

test('no answer in time', async () => {
  const { client, seen } = await script((_, response, count) => {
    if (count > 1) json(response, 200, { user_id: '@x:y' });
  });
  await client.request({ ...whoami, timeoutMs: 100 });
  // A machine that stands still may be late with the second answer too.
  expect(seen.length).toBeGreaterThan(1);
});

test('no answer in time: a POST may have had an effect', async () => {
  const { client } = await script(() => undefined);
  const error = await failure(client.request({ ...create, timeoutMs: 50 }));
  expect(error).toMatchObject({ status: 0, errcode: 'SWITCHBOARD_TIMEOUT', certain: false });
  expect(error.message).toBe('POST createRoom: no answer within 50 ms');
});

test('an answer that drips for ever is cut off too', async () => {
  const { client } = await script((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const drip = setInterval(() => response.write(' '), 20);
    response.on('close', () => {
      clearInterval(drip);
    });
  });
  const error = await failure(client.request({ ...whoami, timeoutMs: 150, retry: 'never' }));
  expect(error.errcode).toBe('SWITCHBOARD_TIMEOUT');
});

test.each([
  ['HTML', '<html>login</html>'],
  ['another shape', '{"user_id": 5}'],
  ['nothing', ''],
])('2xx with %s is an error, and not quoted', async (_, body) => {
  const { client } = await script((_request, response) => response.end(body));
  const error = await failure(client.request(whoami));
  expect(error).toMatchObject({ status: 200, errcode: 'SWITCHBOARD_BAD_ANSWER', certain: false });
  expect(error.message).not.toContain('login');
});

test('errors contain neither tokens, nor ids, nor what was sent', async () => {
  const { client } = await script((_, response) =>
    json(response, 403, { errcode: 'M_FORBIDDEN', error: `token ${token} is bad` }),
  );
  const error = await failure(
    client.sendEvent({ room, type: 't', content: { body: 'confidential' }, txnId: 'tx', actAs: ghost }),
  );
  for (const secret of [token, 'confidential', '_sb_', 'tx'])
    expect(inspect(error, { depth: 10 })).not.toContain(secret);
});

test('connections are kept and bounded', async () => {
  const { client, sockets } = await script((_, response) => json(response, 200, { user_id: '@x:y' }), {
    connections: 4,
  });
  await Promise.all(Array.from({ length: 100 }, () => client.request(whoami)));
  expect(sockets()).toBeLessThanOrEqual(4);
  for (let count = 0; count < 20; count += 1) await client.request(whoami);
  expect(sockets()).toBeLessThanOrEqual(4);
});

test('closing ends what waits for its next attempt', async () => {
  const { client, waits } = await script(
    (_, response) => json(response, 429, { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 25_000 }),
    { realTime: true },
  );
  const waiting = failure(client.request(whoami));
  await expect.poll(() => waits.length).toBe(1);
  await client.close();
  expect((await waiting).errcode).toBe('SWITCHBOARD_CLOSED');
});

test('upload: bytes and streams, opened anew for each attempt', async () => {
  const { client, seen } = await script((_, response, count) => {
    if (count === 2) json(response, 502, {});
    else json(response, 200, { content_uri: 'mxc://localhost/abc' });
  });
  const options = { mimeType: 'text/plain', fileName: 'é.txt' };
  expect(await client.upload({ body: Buffer.from('bytes'), ...options })).toBe('mxc://localhost/abc');
  let opened = 0;
  const body = () => {
    opened += 1;
    return Readable.from([Buffer.from('str'), Buffer.from('eam')]);
  };
  expect(await client.upload({ body, sizeBytes: 6, ...options, actAs: ghost })).toBe('mxc://localhost/abc');
  expect(opened).toBe(2);
  expect(
    seen.map(({ body: sent, headers }) => [sent, headers['content-type'], headers['content-length']]),
  ).toEqual([
    ['bytes', 'text/plain', '5'],
    ['stream', 'text/plain', '6'],
    ['stream', 'text/plain', '6'],
  ]);
  expect(new URL(seen[0]?.url ?? '', 'http://x').searchParams.get('filename')).toBe('é.txt');
});

test('upload: a file that cannot be read is not a fault of the network', async () => {
  const { client } = await script((_, response) =>
    json(response, 200, { content_uri: 'mxc://localhost/abc' }),
  );
  const bad = () =>
    Readable.from(
      (async function* () {
        throw new Error('disk');
        yield '';
      })(),
    );
  for (const body of [bad, () => Promise.reject(new Error('no such file'))]) {
    const error = await failure(client.upload({ body, mimeType: 'a/b' }));
    expect(error).toMatchObject({ errcode: 'SWITCHBOARD_UNREADABLE_BODY', certain: true });
  }
});

test('download: streamed, with type, size and name', async () => {
  const { client, seen } = await script((_, response) => {
    response.writeHead(200, {
      'content-type': 'image/png',
      'content-length': '3',
      'content-disposition': "inline; filename*=utf-8''%C3%A9.png",
    });
    response.end('png');
  });
  const media = await client.download('mxc://example.org:8448/Ab-c_1');
  expect(media).toMatchObject({ mimeType: 'image/png', sizeBytes: 3, fileName: 'é.png' });
  expect(Buffer.concat(await media.stream.toArray()).toString()).toBe('png');
  expect(seen[0]?.url).toMatch(/^\/_matrix\/client\/v1\/media\/download\/example.org%3A8448\/Ab-c_1\?/);
  expect(seen[0]?.headers.authorization).toBe(`Bearer ${token}`);
});

test.each(['http://x/y', 'mxc://x', 'mxc://x/../../admin', 'mxc://x/y?z', 'mxc:///y', ''])(
  'download: %j is no mxc URI, and nothing is asked',
  async (mxc) => {
    const { client, seen } = await script((_, response) => response.end());
    expect((await failure(client.download(mxc))).errcode).toBe('M_INVALID_PARAM');
    expect(seen).toEqual([]);
  },
);

test('download: refusals are errors, redirects are not followed, faults are retried', async () => {
  const { client } = await script((_, response, count) => {
    if (count === 1) json(response, 404, { errcode: 'M_NOT_FOUND' });
    else if (count === 2) json(response, 302, {}, { location: 'http://169.254.169.254/' });
    else if (count === 3) response.socket?.destroy();
    else response.end('ok');
  });
  expect(await failure(client.download('mxc://x/y'))).toMatchObject({ status: 404, certain: true });
  expect((await failure(client.download('mxc://x/y'))).errcode).toBe('SWITCHBOARD_BAD_ANSWER');
  const media = await client.download('mxc://x/y');
  expect(Buffer.concat(await media.stream.toArray()).toString()).toBe('ok');
});

test('download: a body that stops in the middle fails the stream', async () => {
  const { client } = await script((_, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('begin');
  });
  const media = await client.download('mxc://x/y', { timeoutMs: 200 });
  await expect(media.stream.toArray()).rejects.toThrow();
});
