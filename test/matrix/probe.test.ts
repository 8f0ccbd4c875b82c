import { createServer } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import type { HomeserverId } from '../../src/platform/ids.ts';
import { as } from '../../src/platform/ids.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { createAppserviceEndpoint } from '../../src/matrix/appservice/appservice-endpoint.ts';
import type { HomeserverSettings, ProbeFinding } from '../../src/matrix/matrix-side.ts';
import { probeHomeserver } from '../../src/matrix/probe.ts';
import { generateRegistration, type Registration } from '../../src/matrix/registration.ts';
import { createHomeserverClient } from '../../src/matrix/transport/create-homeserver-client.ts';
import { startStandIn } from '../peers/homeserver/stand-in-homeserver.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A homeserver with one registration, and Switchboard's side with (perhaps) other ideas of it. */
async function openProbe(
  options: {
    readonly homeserverHas?: (registration: Registration) => Registration;
    readonly settings?: (settings: HomeserverSettings) => HomeserverSettings;
  } = {},
) {
  const registration = generateRegistration({
    id: 'sb',
    url: 'http://127.0.0.1:1',
    prefix: '_sb_',
    domain: 'stand-in.test',
  });
  const plain: HomeserverSettings = {
    id: as<HomeserverId>('main'),
    url: '',
    domain: 'stand-in.test',
    registration: {
      id: registration.id,
      asToken: registration.as_token,
      hsToken: registration.hs_token,
      senderLocalpart: registration.sender_localpart,
      prefix: '_sb_',
      url: 'http://sb.test',
    },
  };
  const settings = options.settings?.(plain) ?? plain;
  const endpoint = createAppserviceEndpoint([{ settings, onTransaction: () => Promise.resolve() }], {
    clock: systemClock,
    logger: silentLogger,
  });
  const port = await endpoint.start({ port: 0, host: '127.0.0.1' });
  cleanups.push(() => endpoint.stop(100));
  const reachable = { ...registration, url: `http://127.0.0.1:${port}` };
  const homeserver = await startStandIn({
    registrations: [options.homeserverHas?.(reachable) ?? reachable],
    pushTimeoutMs: 20_000,
  });
  cleanups.push(() => homeserver.stop());
  const probe = async (url = homeserver.url, more: Parameters<typeof probeHomeserver>[2] = {}) => {
    const client = createHomeserverClient({
      url,
      asToken: settings.registration.asToken,
      clock: systemClock,
    });
    try {
      return await probeHomeserver(client, { ...settings, url }, more);
    } finally {
      await client.close();
    }
  };
  return { homeserver, probe, settings };
}

const failed = (findings: readonly ProbeFinding[]): string[] =>
  findings.filter(({ ok }) => !ok).map(({ check, detail }) => `${check}: ${detail}`);

test('all is well, at the first start and at the next', async () => {
  const { probe } = await openProbe();
  for (const bot of ['was registered', 'exists']) {
    const findings = await probe();
    expect(failed(findings)).toEqual([]);
    expect(findings.find(({ check }) => check === 'bot')?.detail).toContain(bot);
    expect(findings.map(({ check }) => check)).toEqual([
      'homeserver',
      'as_token',
      'bot',
      'namespace',
      'rate limits',
      'devices',
      'media',
      'ping',
    ]);
  }
});

test('no homeserver', async () => {
  const { probe, homeserver } = await openProbe();
  await homeserver.stop();
  const [problem, ...others] = failed(await probe());
  expect(problem).toMatch(/^homeserver: no answer from .* check the url of homeserver main/);
  expect(others).toEqual([]);
});

test('something else at its address', async () => {
  const { probe } = await openProbe();
  const web = createServer((_, response) => response.writeHead(404).end('<html>'));
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => new Promise((resolve) => web.close(resolve)));
  const address = web.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  expect(failed(await probe(`http://127.0.0.1:${port}`))).toEqual([
    expect.stringContaining('does not answer as a homeserver'),
  ]);
});

test.each<[string, Parameters<typeof openProbe>[0], RegExp]>([
  [
    'another as_token',
    { homeserverHas: (registration) => ({ ...registration, as_token: 'another-token' }) },
    /^as_token: the homeserver does not know our as_token: give it our registration file \(id sb\)/,
  ],
  [
    'another domain in the config',
    { settings: (settings) => ({ ...settings, domain: 'wrong.test' }) },
    /^as_token: the homeserver's name is stand-in\.test, the config file says wrong\.test/,
  ],
  [
    'another sender',
    { homeserverHas: (registration) => ({ ...registration, sender_localpart: '_sb_other' }) },
    /^as_token: the homeserver takes us for @_sb_other:stand-in\.test/,
  ],
  [
    'another namespace',
    {
      homeserverHas: (registration) => ({
        ...registration,
        namespaces: { ...registration.namespaces, users: [{ exclusive: true, regex: '@_old_.*' }] },
      }),
    },
    /^namespace: the homeserver does not let us act as @_sb_probe:stand-in\.test \(M_EXCLUSIVE\)/,
  ],
  [
    'no url',
    { homeserverHas: (registration) => ({ ...registration, url: null }) },
    /^ping: the homeserver's registration file has no url/,
  ],
  [
    'a url where nobody listens',
    { homeserverHas: (registration) => ({ ...registration, url: 'http://127.0.0.1:1' }) },
    /^ping: the homeserver cannot reach us at http:\/\/sb\.test/,
  ],
  [
    'another hs_token',
    { homeserverHas: (registration) => ({ ...registration, hs_token: 'another-token' }) },
    /^ping: somebody answered the homeserver .* 403.* hs_token is not ours/,
  ],
  [
    'another id',
    { homeserverHas: (registration) => ({ ...registration, id: 'old' }) },
    /^ping: the homeserver knows our as_token under another id than sb/,
  ],
])('%s is named, with its cure', async (_, options, expected) => {
  const { probe, settings } = await openProbe(options);
  const problems = failed(await probe());
  expect(problems).toEqual([expect.stringMatching(expected)]);
  for (const secret of [settings.registration.asToken, settings.registration.hsToken])
    expect(problems.join()).not.toContain(secret);
});

test('rate limits are measured when asked for', async () => {
  const { probe, homeserver } = await openProbe();
  const limits = async () =>
    (await probe(undefined, { measureRateLimit: true })).find(({ check }) => check === 'rate limits');
  expect(await limits()).toMatchObject({ ok: true, detail: '12 events at once were taken: exempt' });
  homeserver.faults.add({
    fault: { kind: 'limit', retryAfterMs: 5000 },
    when: ({ path }) => path.includes('/state/'),
  });
  expect(await limits()).toMatchObject({
    ok: false,
    detail: expect.stringContaining('rate_limited: false') as string,
  });
});
