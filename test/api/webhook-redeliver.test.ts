import { expect, it, onTestFinished } from 'vitest';
import { createIdempotency } from '../../src/api/idempotency.ts';
import { createOperatorGuard } from '../../src/api/operator-guard.ts';
import { webhookRoutes } from '../../src/api/events/webhook-routes.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { openHookWorld } from '../sessions/events/hook-world.ts';
import { serveHttp } from './serve-http.ts';

const operatorToken = 'the-token-of-the-operator';

/** A webhook that was told of one session, and two HTTP sides that can send that again. */
async function open() {
  const here = await openHookWorld();
  const { store, clock, directory, delivery } = here.world;
  const crm = await here.receiver({ types: ['session.opened'] });
  const bases: string[] = [];
  for (let replica = 0; replica < 2; replica += 1) {
    const server = await serveHttp({
      clock,
      routers: [
        webhookRoutes({
          hookDesk: here.desk,
          logger: silentLogger,
          guard: createOperatorGuard({
            hasTenant: (tenant) => directory.tenant(tenant) !== undefined,
            operatorToken,
            idempotency: createIdempotency({ store, now: () => clock.now() }),
            logger: silentLogger,
          }),
        }),
      ],
    });
    onTestFinished(async () => server.stop());
    bases.push(`${server.url}/api/v1/tenants/acme/webhooks/${crm.hook}`);
  }
  const ask = async (replica: number, method: string, path: string, key?: string, body?: object) => {
    const answer = await fetch(`${bases[replica] ?? ''}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${operatorToken}`,
        'content-type': 'application/json',
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const { status, headers } = answer;
    return { status, body: await answer.json(), again: headers.get('idempotency-replayed') };
  };
  await here.world.customer('cora').says('Hello');
  await delivery.idle();
  const { body } = await ask(0, 'GET', '/deliveries');
  const [first] = (body as { readonly deliveries: readonly { readonly id: string }[] }).deliveries;
  return { crm, delivery, ask, path: `/deliveries/${first?.id ?? ''}/redeliver` };
}

it.each(['one', 'since'] as const)('what is sent again under a key (%s) is sent again once', async (what) => {
  const { crm, delivery, ask, path } = await open();
  const again = async (replica: number, key: string) =>
    what === 'one'
      ? ask(replica, 'POST', path, key)
      : ask(replica, 'POST', '/redeliver', key, { since: '2000-01-01T00:00:00Z' });
  const atOnce = await Promise.all([0, 1, 0, 1].map(async (replica) => again(replica, 'a key')));
  expect(atOnce.map(({ status, body }) => ({ status, body }))).toEqual(
    Array.from({ length: 4 }, () => ({ status: 202, body: { events: 1 } })),
  );
  expect(atOnce.filter(({ again: isAgain }) => isAgain !== 'true')).toHaveLength(1);
  await delivery.idle();
  expect(crm.received).toHaveLength(2);
  // Long after it was sent, the same key means the same request still.
  expect(await again(1, 'a key')).toMatchObject({ status: 202, again: 'true' });
  await delivery.idle();
  expect(crm.received).toHaveLength(2);
  await again(1, 'another key');
  await delivery.idle();
  expect(crm.received).toHaveLength(3);
});

it('what is sent again without a key, or under two, at once is sent once', async () => {
  const { crm, delivery, ask, path } = await open();
  const answers = await Promise.all([
    ask(0, 'POST', path),
    ask(1, 'POST', path),
    ask(1, 'POST', path, 'a key'),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
  await delivery.idle();
  expect(crm.received).toHaveLength(2);
});
