import { Registry } from 'prom-client';
import { afterEach, expect, it } from 'vitest';
import type { HttpServerOptions } from '../../src/api/http-server.ts';
import { createMetrics } from '../../src/platform/metrics.ts';
import { startServer, type RunningServer } from './http-fixture.ts';

let running: RunningServer | undefined;
afterEach(() => running?.stop());

async function start(options: Partial<HttpServerOptions>): Promise<RunningServer> {
  running = await startServer(async () => ({ status: 204 }), options);
  return running;
}

it('is alive as long as it answers', async () => {
  const server = await start({ checks: [{ name: 'store', isReady: () => false }] });
  const response = await fetch(`${server.url}/health`);
  expect([response.status, await response.json()]).toEqual([200, { status: 'alive' }]);
});

it('is ready when every check holds, and names those that do not', async () => {
  let storeIsReady = true;
  const server = await start({
    checks: [
      { name: 'store', isReady: () => storeIsReady },
      { name: 'homeserver', isReady: () => Promise.resolve(true) },
    ],
  });
  const ready = await fetch(`${server.url}/ready`);
  expect(ready.status).toBe(200);
  expect(await ready.json()).toEqual({ status: 'ready', checks: { store: 'ready', homeserver: 'ready' } });
  storeIsReady = false;
  const unready = await fetch(`${server.url}/ready`);
  expect(unready.status).toBe(503);
  expect(await unready.json()).toEqual({
    status: 'not ready',
    checks: { store: 'not ready', homeserver: 'ready' },
  });
});

it('is ready without what requests can be taken without, and tells of it', async () => {
  const server = await start({
    checks: [
      { name: 'store', isReady: () => true },
      { name: 'homeservers', isAdvisory: true, isReady: () => false },
    ],
  });
  const response = await fetch(`${server.url}/ready`);
  expect([response.status, await response.json()]).toEqual([
    200,
    { status: 'ready', checks: { store: 'ready', homeservers: 'not ready' } },
  ]);
});

it('is not ready while a check fails or hangs, and does not tell why', async () => {
  const server = await start({
    checks: [
      { name: 'failing', isReady: () => Promise.reject(new Error('password=secret')) },
      { name: 'throwing', isReady: () => JSON.parse('secret') as boolean },
      { name: 'hanging', isReady: () => new Promise(() => undefined) },
    ],
  });
  const response = await fetch(`${server.url}/ready`);
  expect(response.status).toBe(503);
  const text = await response.text();
  expect(text).not.toContain('secret');
  expect(JSON.parse(text)).toMatchObject({ checks: { failing: 'not ready', hanging: 'not ready' } });
});

it('is not ready once a stop is announced, and still serves', async () => {
  const server = await start({});
  server.server.prepareStop();
  expect((await fetch(`${server.url}/ready`)).status).toBe(503);
  expect((await fetch(`${server.url}/channels/sms/acme/main`)).status).toBe(204);
});

it('shows metrics, to the bearer of the token if there is one', async () => {
  const registry = new Registry();
  const metrics = createMetrics(registry);
  const server = await start({
    registry,
    metricsToken: 'right',
    onAnswer: (answer) => metrics.httpAnswer(answer),
  });
  const ask = (authorization?: string) =>
    fetch(`${server.url}/metrics`, { headers: authorization === undefined ? {} : { authorization } });
  for (const wrong of [undefined, 'Bearer wrong', 'Basic right', 'right', 'Bearer ']) {
    const refused = await ask(wrong);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer/);
  }
  const response = await ask('Bearer right');
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
  const text = await response.text();
  expect(text).toMatch(/switchboard_http_request_seconds_count\{route="operator",status="4xx"\} 5/);
  expect(text).toContain('nodejs_eventloop_lag_seconds');
});

it('shows metrics to everybody when there is no token, and a problem when they cannot be had', async () => {
  const registry = new Registry();
  const metrics = createMetrics(registry);
  const server = await start({ registry });
  expect((await fetch(`${server.url}/metrics`)).status).toBe(200);
  metrics.depths(() => Promise.reject(new Error('secret')));
  const response = await fetch(`${server.url}/metrics`);
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain('secret');
});
