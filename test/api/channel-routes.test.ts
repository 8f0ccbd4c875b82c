import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { ChannelRequest } from '../../src/channels/channel.ts';
import { StoreUnavailable } from '../../src/store/store.ts';
import { manualClock } from '../fixtures/manual-clock.ts';
import { maxBodyBytes, startServer, until, type Receive, type RunningServer } from './http-fixture.ts';

let running: RunningServer | undefined;
afterEach(async () => {
  await running?.stop();
  running = undefined;
});
const line = '/channels/sms/acme/main';

async function start(receive: Receive, options?: Parameters<typeof startServer>[1]): Promise<RunningServer> {
  running = await startServer(receive, options);
  return running;
}

/** A line that keeps what it gets and says yes. */
async function startRecording(): Promise<{ server: RunningServer; requests: ChannelRequest[] }> {
  const requests: ChannelRequest[] = [];
  const server = await start(async (request) => {
    requests.push(request);
    return { status: 200, body: 'taken' };
  });
  return { server, requests };
}

describe('a request to a line', () => {
  it('comes as it was sent: method, raw path and query, headers, bytes', async () => {
    const { server, requests } = await startRecording();
    const body = Buffer.from([0, 255, 1, 13, 10, 128]);
    const response = await fetch(`${server.url}${line}/a%20b/c%2Bd?x=%41&y=a+b`, {
      method: 'POST',
      headers: { 'X-Signature': 'Abc', 'content-type': 'application/octet-stream' },
      body,
    });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('taken');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('x-powered-by')).toBeNull();
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({
      method: 'POST',
      path: '/a%20b/c%2Bd',
      query: 'x=%41&y=a+b',
      remoteAddress: '127.0.0.1',
    });
    expect(requests[0]!.headers['x-signature']).toBe('Abc');
    expect(requests[0]!.body.equals(body)).toBe(true);
  });

  it('has an empty path at the line itself, and joins repeated headers', async () => {
    const { server, requests } = await startRecording();
    const { socket, received } = await server.dial();
    socket.write(`GET ${line} HTTP/1.1\r\nHost: x\r\nX-A: one\r\nX-A: two\r\n__proto__: three\r\n\r\n`);
    await until(() => received().includes('taken'));
    expect(requests[0]).toMatchObject({ path: '', query: '' });
    expect(requests[0]!.headers['x-a']).toBe('one, two');
    expect(({} as Record<string, unknown>)['three']).toBeUndefined();
  });

  it('believes X-Forwarded-For only from as many proxies as there are', async () => {
    const addresses: string[] = [];
    const receive: Receive = async ({ remoteAddress }) => {
      addresses.push(remoteAddress);
      return { status: 204 };
    };
    for (const trustedProxies of [0, 1]) {
      const server = await start(receive, { trustedProxies });
      await fetch(server.url + line, { headers: { 'x-forwarded-for': '6.6.6.6, 192.0.2.7' } });
      await server.stop();
    }
    expect(addresses).toEqual(['127.0.0.1', '192.0.2.7']);
  });

  it.each([
    '/channels/sms/acme/other',
    '/channels/web/acme/main',
    '/channels/sms/bolt/main',
    '/channels/sms/acme',
    '/channels/sms/acme/',
    '/channels',
    '//channels/sms/acme/main',
    '/channels//acme/main',
    '/channels/sms/acme%2Fmain',
    '/channels/sms/%61cme/main',
    '/channels/sms/acme/%6dain',
    '/channels/sms/acme/main%00',
    '/channels/sms/../sms/acme/main',
    '/channels/__proto__/acme/main',
    '/CHANNELS/sms/acme/main',
    `/channels/sms/acme/${'a'.repeat(5000)}`,
  ])('to %.60s is 404', async (target) => {
    const { server, requests } = await startRecording();
    const { socket, received } = await server.dial();
    socket.write(`POST ${target} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi`);
    await until(() => received().includes('"status":404'));
    expect(received()).toMatch(/^HTTP\/1\.1 404 /);
    expect(received()).toContain('application/problem+json');
    expect(requests).toEqual([]);
  });

  it.each([
    '/..',
    '/../../other',
    '/a/%2e%2e/b',
    '/a%2f..%2fb',
    '/a/%252e%252e/b',
    '/.',
    '/%00',
    '/%5c..%5c',
    '/%zz',
    '/%c3%28',
  ])('to %s below the line is 400', async (rest) => {
    const { server, requests } = await startRecording();
    const { socket, received } = await server.dial();
    socket.write(`GET ${line}${rest} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await until(() => received().includes('"status":400'));
    expect(requests).toEqual([]);
  });

  it('may be as deep as the header limit lets it', async () => {
    const { server, requests } = await startRecording();
    expect((await fetch(server.url + line + '/a'.repeat(5000))).status).toBe(200);
    expect(requests[0]!.path).toHaveLength(10_000);
    expect((await fetch(server.url + line + '/a'.repeat(9000))).status).toBe(431);
  });

  it('to a line whose network sends no requests is 404', async () => {
    running = await startServer(undefined);
    expect((await fetch(running.url + line)).status).toBe(404);
  });
});

describe('a body', () => {
  it('of the largest size is taken, one byte more is 413', async () => {
    const { server, requests } = await startRecording();
    const post = (bytes: number) => fetch(server.url + line, { method: 'POST', body: new Uint8Array(bytes) });
    expect((await post(maxBodyBytes)).status).toBe(200);
    const refused = await post(maxBodyBytes + 1);
    expect(refused.status).toBe(413);
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
    expect(await refused.json()).toMatchObject({ title: 'Content Too Large', status: 413 });
    expect(requests).toHaveLength(1);
  });

  it('in chunks, without a length, is taken up to the same size', async () => {
    const { server, requests } = await startRecording();
    const post = async (chunks: number): Promise<number> => {
      async function* body() {
        for (let at = 0; at < chunks; at += 1) yield new Uint8Array(100);
      }
      const response = await fetch(server.url + line, { method: 'POST', body: body(), duplex: 'half' });
      return response.status;
    };
    expect(await post(10)).toBe(200);
    expect(await post(11)).toBe(413);
    expect(requests.map(({ body }) => body.length)).toEqual([1000]);
  });

  it('that is far too large is refused while it is still being sent', async () => {
    const { server, requests } = await startRecording();
    const sending = httpRequest(server.url + line, { method: 'POST' });
    sending.on('error', () => undefined);
    const answered = once(sending, 'response') as Promise<[{ statusCode: number }]>;
    sending.write(Buffer.alloc(300_000));
    expect((await answered)[0].statusCode).toBe(413);
    sending.end(Buffer.alloc(300_000));
    await once(sending, 'close');
    expect(requests).toEqual([]);
  });

  it('shorter than announced never reaches the line', async () => {
    const { server, requests } = await startRecording();
    const { socket, closed } = await server.dial();
    socket.end(`POST ${line} HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nshort`);
    await closed;
    expect((await fetch(server.url + line)).status).toBe(200);
    expect(requests.map(({ method }) => method)).toEqual(['GET']);
  });

  it('longer than announced is cut at the announced length, and the rest is no request', async () => {
    const { server, requests } = await startRecording();
    const { socket, received, closed } = await server.dial();
    socket.write(
      `POST ${line} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello, more than said\r\n\r\n`,
    );
    await closed;
    expect(requests.map(({ body }) => body.toString())).toEqual(['hello']);
    expect(received()).toContain('HTTP/1.1 400');
  });

  it('with two lengths, or a length and chunks, is 400', async () => {
    const { server, requests } = await startRecording();
    for (const lengths of [
      'Content-Length: 5\r\nContent-Length: 6',
      'Content-Length: 5\r\nTransfer-Encoding: chunked',
    ]) {
      const { socket, received, closed } = await server.dial();
      socket.write(`POST ${line} HTTP/1.1\r\nHost: x\r\n${lengths}\r\n\r\nhello`);
      await closed;
      expect(received()).toMatch(/^HTTP\/1\.1 400 /);
    }
    expect(requests).toEqual([]);
  });

  it('that would fill the memory of a line is 503, while other lines go on, until there is room again', async () => {
    const connection = {
      send: () => Promise.reject(new Error('not used here')),
      close: () => Promise.resolve(),
      receive: async () => ({ status: 204 }),
    };
    const server = await start(connection.receive, {
      lookup: () => ({ connection, maxBodyBytes: 1000 }),
      limits: { lineBodyBytes: 600, bodyBytes: 1000 },
    });
    const post = async (to: string, bytes: number): Promise<number> =>
      (await fetch(`${server.url}${to}`, { method: 'POST', body: Buffer.alloc(bytes) })).status;
    const { socket, received } = await server.dial();
    socket.write(`POST ${line} HTTP/1.1\r\nHost: x\r\nContent-Length: 401\r\n\r\n${'x'.repeat(400)}`);
    await expect.poll(() => post(line, 300)).toBe(503);
    expect(await post(line, 200)).toBe(204);
    expect(await post('/channels/sms/acme/other', 600)).toBe(204);
    expect(await post('/channels/sms/acme/other', 601)).toBe(503);
    socket.write('x');
    await until(() => received().startsWith('HTTP/1.1 204'));
    expect(await post(line, 600)).toBe(204);
  });

  it('that trickles in is cut off in time, and holds up nobody', async () => {
    const requests: ChannelRequest[] = [];
    const server = await start(
      async (request) => {
        requests.push(request);
        return { status: 204 };
      },
      { limits: { headersMs: 1500, requestMs: 3000, requests: 2 } },
    );
    const slow = await Promise.all(Array.from({ length: 50 }, () => server.dial()));
    for (const [at, { socket }] of slow.entries()) {
      // Half of them do not even come to the end of their headers.
      const end = at % 2 === 0 ? '\r\n\r\nx' : '\r\nX-Slow: x';
      socket.write(`POST ${line} HTTP/1.1\r\nHost: x\r\nContent-Length: 500${end}`);
    }
    const trickle = setInterval(() => slow.forEach(({ socket }) => socket.write('x')), 50);
    expect((await fetch(server.url + line)).status).toBe(204);
    await Promise.all(slow.map(({ closed }) => closed));
    clearInterval(trickle);
    // One that is still sending may meet the closed connection before it sees why.
    const answers = slow.map(({ received }) => received().slice(0, 12));
    expect(new Set([...answers, ''])).toEqual(new Set(['HTTP/1.1 408', '']));
    expect(requests).toHaveLength(1);
  });
});

describe('an answer', () => {
  it('has the status, headers and bytes of the line, its own security headers too', async () => {
    const server = await start(async () => ({
      status: 201,
      headers: { 'content-type': 'text/plain', 'x-content-type-options': 'none', 'x-own': '1' },
      body: new Uint8Array([1, 2, 3]),
    }));
    const response = await fetch(server.url + line);
    expect(response.status).toBe(201);
    expect(response.headers.get('x-content-type-options')).toBe('none');
    expect(response.headers.get('x-own')).toBe('1');
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(new Uint8Array([1, 2, 3]));
  });

  it('is 503 with Retry-After when the store is not available', async () => {
    const server = await start(() => Promise.reject(new StoreUnavailable('ENOSPC in /secret/place')));
    const response = await fetch(server.url + line, { method: 'POST', body: 'x' });
    expect(response.status).toBe(503);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await response.text()).not.toContain('secret');
  });

  it.each([
    ['throws', () => Promise.reject(new Error('secret +15551234567'))],
    [
      'answers with a header that splits',
      async () => ({ status: 200, headers: { 'x-own': 'a\r\nsecret: b' } }),
    ],
    ['answers with no status', async () => ({ status: 0, headers: { 'x-own': 'secret' } })],
  ] as [string, Receive][])('is 500 with an id that the log has when the line %s', async (_, receive) => {
    const server = await start(receive);
    const response = await fetch(server.url + line);
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(text).not.toMatch(/secret|1555/);
    expect([...response.headers].join()).not.toContain('secret');
    const { instance } = JSON.parse(text) as { instance: string };
    expect(server.logged).toContainEqual(
      expect.objectContaining({ errorId: instance.replace('urn:uuid:', '') }),
    );
  });

  it('is 503 when the line takes too long, and the line is told', async () => {
    let signal: AbortSignal | undefined;
    const server = await start(
      (request) => {
        signal = request.signal;
        return new Promise(() => undefined);
      },
      { limits: { handlingMs: 100 } },
    );
    expect((await fetch(server.url + line)).status).toBe(503);
    expect(signal?.aborted).toBe(true);
  });

  it('is 503 when too much is under way', async () => {
    const waiting: (() => void)[] = [];
    const server = await start(() => new Promise((resolve) => waiting.push(() => resolve({ status: 204 }))), {
      limits: { requests: 2 },
    });
    const running = [fetch(server.url + line), fetch(server.url + line)];
    await until(() => waiting.length === 2);
    const refused = await fetch(server.url + line);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    for (const answer of waiting.splice(0)) answer();
    expect((await Promise.all(running)).map(({ status }) => status)).toEqual([204, 204]);
    const after = fetch(server.url + line);
    await until(() => waiting.length === 1);
    waiting[0]!();
    expect((await after).status).toBe(204);
  });

  it('takes fewer at once when answers came too late, and more again when they come quickly', async () => {
    const clock = manualClock();
    const waiting: (() => void)[] = [];
    const server = await start(() => new Promise((resolve) => waiting.push(() => resolve({ status: 204 }))), {
      limits: { requests: 100 },
      rates: { perTenant: 1000 },
      clock,
    });
    /** So many come at once and are answered after so long; how many were taken. */
    const throng = async (count: number, tookMs: number): Promise<number> => {
      const answers = Array.from({ length: count }, async () => fetch(server.url + line, { method: 'POST' }));
      const refused: Response[] = [];
      for (const answer of answers)
        void answer.then((response) => response.status === 503 && refused.push(response));
      await until(() => waiting.length + refused.length === count);
      for (const { headers } of refused) expect(headers.get('retry-after')).toBe('1');
      clock.advance(tookMs);
      const taken = waiting.splice(0);
      for (const answer of taken) answer();
      await Promise.all(answers);
      return taken.length;
    };
    expect(await throng(120, 2000)).toBe(100);
    expect(await throng(120, 100)).toBe(50);
    // A few slow ones are no throng.
    expect(await throng(10, 1500)).toBe(10);
    expect(await throng(120, 100)).toBeGreaterThan(50);
  });

  it('tells the line when the peer leaves before it', async () => {
    let signal: AbortSignal | undefined;
    const server = await start((request) => {
      signal = request.signal;
      return new Promise(() => undefined);
    });
    const { socket } = await server.dial();
    socket.write(`GET ${line} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await until(() => signal !== undefined);
    expect(signal?.aborted).toBe(false);
    socket.destroy();
    await until(() => signal?.aborted === true);
  });
});

describe('a stream', () => {
  const eventStream = { 'content-type': 'text/event-stream' };

  it('is sent chunk by chunk, its head before the first', async () => {
    const chunks: ((chunk: string | undefined) => void)[] = [];
    async function* body() {
      for (;;) {
        const chunk = await new Promise<string | undefined>((resolve) => chunks.push(resolve));
        if (chunk === undefined) return;
        yield chunk;
      }
    }
    const server = await start(async () => ({ status: 200, headers: eventStream, body: body() }));
    const response = await fetch(server.url + line);
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    for (const text of ['data: one\n\n', 'data: zwölf\n\n']) {
      await until(() => chunks.length > 0);
      chunks.shift()!(text);
      expect(await reader.read()).toEqual({ done: false, value: text });
    }
    await until(() => chunks.length > 0);
    chunks.shift()!(undefined);
    expect((await reader.read()).done).toBe(true);
  });

  it('is left at once when the peer goes, even while it waits', async () => {
    let left = false;
    let aborted = false;
    const server = await start(async ({ signal }) => {
      signal.addEventListener('abort', () => (aborted = true));
      const iterator: AsyncIterator<string> = {
        next: (() => {
          const first = ['data: first\n\n'];
          return () =>
            first.length > 0
              ? Promise.resolve({ done: false as const, value: first.shift()! })
              : new Promise<never>(() => undefined);
        })(),
        return: () => {
          left = true;
          return Promise.resolve({ done: true, value: undefined });
        },
      };
      return { status: 200, headers: eventStream, body: { [Symbol.asyncIterator]: () => iterator } };
    });
    const { socket, received } = await server.dial();
    socket.write(`GET ${line} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await until(() => received().includes('first'));
    socket.destroy();
    await until(() => left && aborted);
    expect(server.logged).toEqual([]);
  });

  it('goes no faster than the peer reads, and gives up one that reads nothing', async () => {
    let made = 0;
    let ended = false;
    async function* body() {
      try {
        for (; made < 2000; made += 1) yield Buffer.alloc(64 * 1024);
      } finally {
        ended = true;
      }
    }
    const server = await start(async () => ({ status: 200, body: body() }), { limits: { stallMs: 200 } });
    const { socket } = await server.dial();
    socket.pause();
    socket.write(`GET ${line} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await until(() => ended);
    expect(made).toBeLessThan(500);
  });

  it('that breaks off, or is not as long as announced, is cut and never looks complete', async () => {
    const broken = async function* () {
      yield 'some';
      throw new Error('source lost');
    };
    const short = async function* () {
      yield 'some';
    };
    const cases: [AsyncIterable<string>, Record<string, string>][] = [
      [broken(), eventStream],
      [short(), { 'content-length': '10' }],
    ];
    for (const [body, headers] of cases) {
      const server = await start(async () => ({ status: 200, headers, body }));
      await expect(fetch(server.url + line).then((response) => response.text())).rejects.toThrow();
      expect(server.logged).toHaveLength(1);
      await server.stop();
    }
  });

  it('is not drawn from for HEAD', async () => {
    let drawn = false;
    async function* body() {
      drawn = true;
      yield 'some';
    }
    const server = await start(async () => ({
      status: 200,
      headers: { 'content-length': '4' },
      body: body(),
    }));
    const response = await fetch(server.url + line, { method: 'HEAD' });
    expect([response.status, response.headers.get('content-length')]).toEqual([200, '4']);
    expect(drawn).toBe(false);
  });
});

describe('a graceful stop', () => {
  it('ends streams, lets requests end, takes no more', async () => {
    let answer: (() => void) | undefined;
    let streams = 0;
    async function* endless(signal: AbortSignal) {
      streams += 1;
      yield 'data: open\n\n';
      await once(signal, 'abort');
    }
    const server = await start(({ path, signal }) =>
      path === '/stream'
        ? Promise.resolve({ status: 200, body: endless(signal) })
        : new Promise((resolve) => (answer = () => resolve({ status: 200, body: 'in time' }))),
    );
    const stream = fetch(`${server.url}${line}/stream`).then((response) => response.text());
    const request = fetch(`${server.url}${line}/slow`).then((response) => response.text());
    await until(() => answer !== undefined && streams === 1);
    let stopped = false;
    const stopping = server.server.stop(120_000).then(() => (stopped = true));
    expect(await stream).toBe('data: open\n\n');
    await expect(fetch(server.url + line)).rejects.toThrow();
    expect(stopped).toBe(false);
    answer!();
    expect(await request).toBe('in time');
    await stopping;
  });

  it('cuts off what does not end in time', async () => {
    let came = false;
    const server = await start(() => {
      came = true;
      return new Promise(() => undefined);
    });
    const request = fetch(server.url + line);
    request.catch(() => undefined);
    await until(() => came);
    await server.server.stop(100);
    await expect(request).rejects.toThrow();
  });
});
