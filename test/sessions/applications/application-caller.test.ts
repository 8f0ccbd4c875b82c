import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DeliveryFailure } from '../../../src/delivery/delivery.ts';
import type { Application } from '../../../src/directory/application.ts';
import { createGuardedFetch, type GuardedFetch } from '../../../src/media/guarded-fetch.ts';
import { as } from '../../../src/platform/ids.ts';
import { silentLogger } from '../../../src/platform/log.ts';
import {
  createApplicationCaller,
  type ApplicationCall,
  type ApplicationOutcome,
} from '../../../src/sessions/applications/application-caller.ts';
import {
  json,
  openApplicationServer,
  status,
  xml,
  type ApplicationServer,
} from '../../fixtures/application-server.ts';
import { tenantOf } from '../world.ts';

let server: ApplicationServer;
let fetch: GuardedFetch;
beforeEach(async () => {
  server = await openApplicationServer(json([{ do: 'say', text: 'Hi' }]));
  fetch = createGuardedFetch({ logger: silentLogger });
});
afterEach(async () => {
  await fetch.close();
  await server.close();
});

const hi = { instructions: [{ do: 'say', text: 'Hi' }] };
const application = (change: Partial<Application> = {}): Application => ({
  id: 'ivr',
  ofFile: true,
  url: `${server.origin}/start`,
  method: 'POST',
  format: 'form',
  secrets: [],
  timeoutMs: 20_000,
  retries: 0,
  waitFloorMs: 60_000,
  ...change,
});
const call = async (
  change: Partial<Application> = {},
  how: Partial<ApplicationCall> & { readonly trusted?: readonly string[] } = {},
): Promise<ApplicationOutcome> => {
  const { trusted = [server.origin], ...rest } = how;
  const caller = createApplicationCaller({ fetch, now: () => 1_000_000, trustedOrigins: trusted });
  const parameters = { CallSid: 's1', Attributes: { vip: true } };
  return caller(tenantOf({}), {
    application: application(change),
    parameters,
    id: 'call-1',
    attempt: 1,
    queue: as('support'),
    ...rest,
  });
};

describe('an application is asked', () => {
  it('by POST with a form', async () => {
    expect(await call()).toEqual(hi);
    expect(server.seen).toMatchObject([
      {
        method: 'POST',
        path: '/start',
        parameters: { CallSid: 's1', Attributes: '{"vip":true}' },
        headers: { 'idempotency-key': 'call-1', 'webhook-id': 'call-1' },
      },
    ]);
  });

  it('by POST with JSON', async () => {
    await call({ format: 'json' });
    expect(server.seen[0]?.parameters).toEqual({ CallSid: 's1', Attributes: { vip: true } });
  });

  it('by GET, and relative URLs of its answer do not repeat what it was given', async () => {
    server.answers(xml('<Response><Gather><Say>?</Say></Gather></Response>'));
    expect(await call({ method: 'GET' })).toMatchObject({
      instructions: [{ do: 'ask', action: `${server.origin}/start` }],
    });
    expect(server.seen[0]).toMatchObject({ method: 'GET', parameters: { CallSid: 's1' } });
  });

  it('at another of its URLs, by the method that was said with it', async () => {
    await call({}, { url: `${server.origin}/other#method=GET` });
    expect(server.seen).toMatchObject([{ method: 'GET', path: '/other' }]);
  });

  it('again where it redirects to, with the same (307) or just for what is there (302)', async () => {
    server.answers((asked, response) => {
      if (asked.path === '/start') response.writeHead(307, { location: '/again' }).end();
      else if (asked.path === '/again') response.writeHead(302, { location: '/found' }).end();
      else xml('<Response><Redirect>next</Redirect></Response>')(asked, response, undefined as never);
    });
    expect(await call({ url: `${server.origin}/start` })).toEqual({
      instructions: [{ do: 'redirect', url: `${server.origin}/next` }],
    });
    expect(server.seen.map(({ method, path, body }) => [method, path, body === ''])).toEqual([
      ['POST', '/start', false],
      ['POST', '/again', false],
      ['GET', '/found', true],
    ]);
  });
});

describe('an application that does not do well', () => {
  const failure = (words: RegExp): object => ({ failure: expect.stringMatching(words) as unknown });

  it('is refused a connection to', async () => {
    const closed = await openApplicationServer(status(200));
    await closed.close();
    const outcome = await call({ url: `${closed.origin}/` }, { trusted: [closed.origin] });
    expect(outcome).toEqual(failure(/^the application ivr gave no usable answer \(no connection/));
  });

  it('is silent', async () => {
    server.answers(() => undefined);
    expect(await call({ timeoutMs: 200 })).toEqual(failure(/no answer within 200 ms/));
  });

  it('begins and never ends', async () => {
    server.answers((_, response) => {
      response.writeHead(200, { 'content-type': 'text/xml' }).write('<Response>');
    });
    expect(await call({ timeoutMs: 200 })).toEqual(failure(/no answer|in time|within/));
  });

  it('never stops talking', async () => {
    server.answers((_, response) => {
      response.writeHead(200, { 'content-type': 'text/xml' });
      const more = (): void => {
        while (response.writable && response.write('<Say>x</Say>'.repeat(500))) continue;
      };
      response.on('drain', more);
      more();
    });
    expect(await call()).toEqual(failure(/gave no usable answer \(.*65536|more than/));
  });

  it.each([
    ['broken XML', xml('<Response><Say>Hi</Response>'), /line 1, column \d+/],
    [
      '10,000 instructions',
      json(Array.from({ length: 10_000 }, () => ({ do: 'leave' }))),
      /expected|Too big|at most|65536|more than/i,
    ],
    ['a page', xml('<html/>'), /expected Response/],
    ['404', status(404), /answered 404/],
    [
      'an unknown encoding',
      status(200, { 'content-encoding': 'zip', 'content-type': 'text/xml' }),
      /unknown encoding/,
    ],
  ] as const)('answers with %s', async (_, answer, words) => {
    server.answers(answer);
    expect(await call()).toEqual(failure(words));
  });

  it('redirects elsewhere: to another host, to a private address, in circles', async () => {
    const other = await openApplicationServer(json([]));
    server.answers(status(307, { location: `${other.origin}/steal` }));
    expect(await call({}, { trusted: [server.origin, other.origin] })).toEqual(
      failure(/redirects to another host/),
    );
    server.answers(status(302, { location: 'http://169.254.169.254/latest/meta-data' }));
    expect(await call()).toEqual(failure(/redirects to another host/));
    server.answers(status(307, { location: '/start' }));
    expect(await call()).toEqual(failure(/more than 5 redirects/));
    expect(other.seen).toEqual([]);
    await other.close();
  });

  it('is at a private address, and came by REST, not with the config file', async () => {
    const { ofFile: _, ...byRest } = application();
    expect(await call({}, { application: byRest })).toEqual(failure(/http: is not fetched/));
    expect(server.seen).toEqual([]);
  });

  it('is at a private address, which the operator did not allow', async () => {
    expect(await call({}, { trusted: [] })).toEqual(
      failure(/http: is not fetched|not a public address|port/),
    );
    expect(server.seen).toEqual([]);
  });

  it('is asked again later as often as it says, the same under the same id, then its fallback', async () => {
    server.answers((asked, response) => {
      (asked.path === '/fallback' ? json([{ do: 'say', text: 'Hi' }]) : status(503, { 'retry-after': '7' }))(
        asked,
        response,
        undefined as never,
      );
    });
    const change = { retries: 1, fallbackUrl: `${server.origin}/fallback` };
    const first = await call(change).catch((error: unknown) => error);
    expect(first).toBeInstanceOf(DeliveryFailure);
    expect(first).toMatchObject({ kind: 'retry', retryAfterMs: 7000 });
    expect(await call(change, { attempt: 2 })).toEqual(hi);
    expect(server.seen.map(({ path, headers }) => [path, headers['webhook-id']])).toEqual([
      ['/start', 'call-1'],
      ['/start', 'call-1'],
      ['/fallback', 'call-1'],
    ]);
  });

  it('is not asked again for what it will say again: its fallback is, at once', async () => {
    server.answers((asked, response) => {
      (asked.path === '/fallback' ? json([{ do: 'say', text: 'Hi' }]) : xml('<Response><Dial/></Response>'))(
        asked,
        response,
        undefined as never,
      );
    });
    const change = { retries: 3, fallbackUrl: `${server.origin}/fallback` };
    expect(await call(change)).toEqual(hi);
    server.answers(xml('<Response><Dial/></Response>'));
    expect(await call(change)).toEqual(failure(/Dial: no such verb.*; its fallback: .*Dial/));
  });
});
