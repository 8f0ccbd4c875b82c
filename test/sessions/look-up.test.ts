import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { createGuardedFetch, type GuardedFetch } from '../../src/media/guarded-fetch.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { lookUp, type LookUpRequest } from '../../src/sessions/service-calls/look-up.ts';

let server: Server | undefined;
let fetcher: GuardedFetch | undefined;
afterEach(async () => {
  await fetcher?.close();
  server?.closeAllConnections();
  await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  [server, fetcher] = [undefined, undefined];
});

async function served(answer: RequestListener): Promise<string> {
  const listening = createServer(answer);
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${String((listening.address() as AddressInfo).port)}`;
}

async function look(url: string, trusted: boolean, more: Partial<LookUpRequest> = {}) {
  fetcher = createGuardedFetch({ logger: silentLogger, allowHttp: true });
  const wanted: LookUpRequest = {
    url,
    method: 'GET',
    timeoutMs: 20_000,
    keep: { tier: 'customer.tier' },
    ...more,
  };
  return lookUp({ fetch: fetcher, trustedOrigins: trusted ? [new URL(url).origin] : [] }, wanted);
}

describe('a look-up', () => {
  it('posts JSON with its headers and keeps what is wanted of the answer', async () => {
    const seen: unknown[] = [];
    const url = await served((request, response) => {
      void text(request).then((body) => {
        seen.push(
          request.method,
          request.headers['x-key'],
          request.headers['content-type'],
          JSON.parse(body),
        );
        response.end(JSON.stringify({ customer: { tier: 'gold', orders: [{ id: 7 }] } }));
      });
    });
    const answer = await look(`${url}/find`, true, {
      method: 'POST',
      headers: { 'x-key': 'k' },
      body: { order: 7 },
      keep: { tier: 'customer.tier', last: 'customer.orders.0.id', missing: 'customer.constructor' },
    });
    expect(answer).toEqual({ attributes: { tier: 'gold', last: 7, missing: null } });
    expect(seen).toEqual(['POST', 'k', 'application/json', { order: 7 }]);
  });

  it('does not ask private addresses that the operator has not named', async () => {
    let asked = 0;
    const url = await served((_request, response) => {
      asked += 1;
      response.end('{}');
    });
    expect(await look(url, false)).toMatchObject({
      failure: expect.stringMatching(/could not be had/) as string,
    });
    expect(asked).toBe(0);
  });

  it.each<[string, RequestListener, RegExp, number, Partial<LookUpRequest>?]>([
    ['is no JSON', (_request, response) => response.end('<html>'), /no JSON/, 1],
    ['is an error', (_request, response) => response.writeHead(404).end('{}'), /answered 404/, 1],
    [
      'is a passing error, after asking twice',
      (_request, response) => response.writeHead(503).end(),
      /503/,
      2,
    ],
    ['is too large', (_request, response) => response.end(`"${'x'.repeat(300_000)}"`), /bytes/, 1],
    ['never comes, after asking twice', () => undefined, /no answer within 3000 ms/, 2, { timeoutMs: 3000 }],
  ])('whose answer %s fails and says why', async (_what, answer, reason, times, more) => {
    let asked = 0;
    const url = await served((request, response) => {
      asked += 1;
      answer(request, response);
    });
    expect(await look(url, true, more)).toMatchObject({
      failure: expect.stringMatching(reason) as string,
    });
    expect(asked).toBe(times);
  });

  it('follows no redirect of what it posts', async () => {
    let asked = 0;
    const url = await served((_request, response) => {
      asked += 1;
      response.writeHead(307, { location: '/again' }).end();
    });
    expect(await look(url, true, { method: 'POST' })).toMatchObject({
      failure: expect.stringMatching(/answered 307/) as string,
    });
    expect(asked).toBe(1);
  });
});
