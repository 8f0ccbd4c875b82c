import { expect, it, onTestFinished } from 'vitest';
import { StoreUnavailable } from '../../src/store/store.ts';
import { openOperatorApi, operatorToken } from '../security/open-operator-api.ts';
import { serveHttp } from './serve-http.ts';

it('answers 503 on every route of the REST API until the start is complete', async () => {
  let isReady = false;
  const api = await openOperatorApi(() => isReady);
  const asked = await Promise.all(
    api.routes.flatMap((route) =>
      [operatorToken, 'sbk_a_key_of_nobody', null].map(async (token) => ({
        route,
        answer: await api.ask(route, 'acme', { id: 'any', token }),
      })),
    ),
  );
  expect(asked.length).toBeGreaterThan(100);
  const others = asked.filter(
    ({ answer: { status, headers } }) =>
      status !== 503 ||
      headers.get('retry-after') !== '5' ||
      headers.get('content-type') !== 'application/problem+json',
  );
  expect(others.map(({ route, answer }) => ({ ...route, status: answer.status }))).toEqual([]);
  isReady = true;
  const tenant = { method: 'GET', path: '/api/v1/tenants/:tenant/queues' };
  expect((await api.ask(tenant, 'acme')).status).toBe(200);
  expect((await api.ask(tenant, 'nobody')).status).toBe(404);
});

it.each(['/channels/sms/acme/main', '/media/a-token'])('answers 503 to %s meanwhile, too', async (path) => {
  const starting = () => {
    throw new StoreUnavailable('Switchboard is starting');
  };
  const http = await serveHttp({ lookup: starting, openMedia: async () => starting() });
  onTestFinished(async () => http.stop());
  const isRead = path.startsWith('/media');
  const answer = await fetch(http.url + path, isRead ? {} : { method: 'POST', body: 'a message' });
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
  expect(await answer.json()).toMatchObject({ status: 503 });
});
