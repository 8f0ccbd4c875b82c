import type { Router } from 'express';
import { Registry } from 'prom-client';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createHttpServer } from '../../src/api/http-server.ts';
import { deliveryRoutes, type DeliveryRoutesOptions } from '../../src/api/delivery-routes.ts';
import { createIdempotency } from '../../src/api/idempotency.ts';
import { ledgerRoutes } from '../../src/api/ledger-routes.ts';
import { createOperatorGuard } from '../../src/api/operator-guard.ts';
import { quarantineRoutes } from '../../src/api/quarantine-routes.ts';
import type { Settings } from '../../src/config/load-config.ts';
import { deliveries } from '../../src/delivery/collections.ts';
import { dropDelivery, listDeliveries } from '../../src/delivery/dead-letters.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { createLedger, ledgerSearches } from '../../src/sessions/ledger/ledger.ts';
import { tenantCommands } from '../../src/tenant-commands.ts';
import { ofBolt, openTwoTenants, type Belongings, type TwoTenants } from './two-tenants.ts';

/** Security row S5, for every route of operators and every command of the command line: made from the lists that the product itself uses. */

const operatorToken = 'the-token-of-the-operator';
const base = '/api/v1/tenants/:tenant/';

interface Route {
  readonly method: string;
  readonly path: string;
}
interface Answer {
  readonly status: number;
  readonly body: string;
}
interface Api extends TwoTenants {
  readonly port: number;
  readonly routes: readonly Route[];
  readonly ask: (
    route: Route,
    tenant: string,
    id?: string,
    query?: string,
    token?: string | null,
  ) => Promise<Answer>;
}

async function openApi(): Promise<Api> {
  const two = await openTwoTenants();
  const { store, delivery, directory, clock } = two.world;
  const guard = createOperatorGuard({
    hasTenant: (tenant) => directory.tenant(tenant) !== undefined,
    operatorToken,
    idempotency: createIdempotency({ store, now: () => clock.now() }),
    logger: silentLogger,
  });
  const own: DeliveryRoutesOptions['deliveries'] = {
    list: async (tenant, state, page) => listDeliveries(store, tenant, state, page),
    get: async (tenant, id) => (await store.get(tenant, deliveries, id))?.value,
    retry: async (tenant, id, also) => delivery.retry(tenant, id, also),
    drop: async (tenant, id, also) => dropDelivery(store, clock, tenant, id, also),
  };
  const routers = [
    quarantineRoutes({ quarantine: delivery.quarantine, guard, logger: silentLogger }),
    deliveryRoutes({ deliveries: own, guard, logger: silentLogger }),
    ledgerRoutes({ ledger: createLedger({ store, directory, now: () => clock.now() }), guard }),
  ];
  const server = createHttpServer({
    clock,
    logger: silentLogger,
    registry: new Registry(),
    lookup: () => undefined,
    openMedia: async () => 'bad',
    checks: [],
    routers,
  });
  const port = await server.start({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => server.stop(100));
  return {
    ...two,
    port,
    routes: routers.flatMap(routesOf),
    async ask({ method, path }, tenant, id = '', query = '', token = operatorToken) {
      const filled = path
        .replace(':tenant', encodeURIComponent(tenant))
        .replace(':id', encodeURIComponent(id));
      const answer = await fetch(`http://127.0.0.1:${String(port)}${filled}${query}`, {
        method,
        headers: token === null ? {} : { authorization: `Bearer ${token}` },
      });
      return { status: answer.status, body: await answer.text() };
    },
  };
}

function routesOf(router: Router): Route[] {
  return router.stack.flatMap(({ route }) =>
    route === undefined
      ? []
      : route.stack.map(({ method }) => ({ method: method.toUpperCase(), path: route.path })),
  );
}

const kindOf = ({ path }: Route): string => path.slice(base.length).split('/')[0] ?? '';
const takesId = ({ path }: Route): boolean => path.includes(':id');
/** Reading first, dropping last, so that each finds what it is about. */
const order = ['GET', 'POST', 'DELETE'];

function own(belongings: Belongings, route: Route): string {
  const id = belongings.ids[kindOf(route)];
  if (id === undefined) throw new Error(`two-tenants.ts plants nothing for ${route.path}`);
  return id;
}

it('every route is about one tenant, and there are some', async () => {
  const { routes } = await openApi();
  expect(routes.length).toBeGreaterThanOrEqual(10);
  expect(routes.filter(({ path }) => !path.startsWith(base))).toEqual([]);
  expect(routes.filter(({ method }) => !order.includes(method))).toEqual([]);
});

it('with another tenant’s id: 404, just as with an id that nobody has; and nothing of that tenant is touched', async () => {
  const { routes, ask, bolt, boltWrites } = await openApi();
  for (const route of routes.filter(takesId)) {
    const foreign = await ask(route, 'acme', own(bolt, route));
    const nobodys = await ask(route, 'acme', 'an-id-of-nobody');
    expect([route, foreign]).toEqual([route, { ...nobodys, status: 404 }]);
    expect(foreign.body).not.toMatch(ofBolt);
  }
  expect(boltWrites()).toBe(0);
});

it('a list shows nothing of another tenant, whatever is searched for', async () => {
  const { routes, ask, bolt, boltWrites } = await openApi();
  const foreign = {
    native: bolt.native,
    event: bolt.event,
    conversation: bolt.conversation,
    address: bolt.address,
  };
  const cursor = Buffer.from(
    JSON.stringify([bolt.delivery, { sequence: 0, queued: true, trouble: 'failed' }]),
  );
  const queries = [
    '',
    '?limit=200',
    ...['failed', 'unclear', 'pending'].flatMap((state) => [
      `?status=${state}`,
      `?status=${state}&tenant=bolt`,
      `?status=${state}&cursor=${cursor.toString('base64url')}`,
    ]),
    ...ledgerSearches.map((by) => `?${by}=${encodeURIComponent(foreign[by])}`),
  ];
  for (const route of routes.filter((each) => !takesId(each))) {
    const answers = await Promise.all(queries.map(async (query) => ask(route, 'acme', '', query)));
    for (const { status, body } of answers) {
      expect([route, status === 200 || status === 400]).toEqual([route, true]);
      expect(body).not.toMatch(ofBolt);
    }
    // It is no empty list that shows nothing.
    const all = answers.filter(({ status }) => status === 200);
    expect([route, all.length > 0]).toEqual([route, true]);
  }
  expect(boltWrites()).toBe(0);
});

it('without the token, with another, or in the query: 401; for a tenant that nobody knows: 404', async () => {
  const { routes, ask, acme, boltWrites } = await openApi();
  for (const route of routes) {
    const id = takesId(route) ? own(acme, route) : '';
    for (const token of [null, 'another-token-of-operators', `${operatorToken}x`, operatorToken.slice(1)])
      expect([route, (await ask(route, 'acme', id, '', token)).status]).toEqual([route, 401]);
    const query = `?access_token=${operatorToken}&token=${operatorToken}`;
    expect([route, (await ask(route, 'acme', id, query, null)).status]).toEqual([route, 401]);
    for (const tenant of ['nobody', '*', '..', 'ACME', 'acme%00', '__proto__', 'constructor'])
      expect([route, tenant, (await ask(route, tenant, id)).status]).toEqual([route, tenant, 404]);
  }
  expect(boltWrites()).toBe(0);
});

it('with its own id: there it is, so the routes do work', async () => {
  const { routes, ask, acme, boltWrites } = await openApi();
  const inOrder = routes
    .filter(takesId)
    .toSorted((a, b) => order.indexOf(a.method) - order.indexOf(b.method));
  for (const route of inOrder) {
    const { status, body } = await ask(route, 'acme', own(acme, route));
    // What was put back or sent again is no longer there to be dropped.
    const expected = route.method === 'DELETE' ? [204, 404, 409] : [200, 204];
    expect([route, expected.includes(status)]).toEqual([route, true]);
    expect(body).not.toMatch(ofBolt);
  }
  expect(boltWrites()).toBe(0);
});

it('every command: another tenant’s id is as unknown as an id that nobody has', async () => {
  const { port, bolt, boltWrites } = await openApi();
  const settings = {
    file: 'config.yaml',
    config: { http: { host: '127.0.0.1', port, operatorToken } },
  } as unknown as Settings;
  const printed: string[] = [];
  for (const stream of ['log', 'error'] as const)
    vi.spyOn(console, stream).mockImplementation((...words: unknown[]) => {
      printed.push(words.join(' '));
    });
  const say = async (command: (typeof tenantCommands)[number], action: string, entry: string) => {
    const code = await command.run(settings, { [command.name]: action, tenant: 'acme', entry });
    return { code, words: printed.splice(0).join('\n') };
  };
  for (const command of tenantCommands) {
    const asked =
      command.actions.length === 0
        ? [...Object.values(bolt.ids), bolt.native, bolt.event, bolt.address, bolt.conversation].map(
            (id) => [id, ''] as const,
          )
        : command.actions.map((action) => [action, bolt.ids[command.name] ?? ''] as const);
    for (const [action, entry] of asked) {
      const foreign = await say(command, action, entry);
      expect([command.name, action, foreign.words]).toEqual([
        command.name,
        action,
        expect.not.stringMatching(ofBolt) as string,
      ]);
      if (action === 'list') continue;
      expect([command.name, action, foreign.code]).toEqual([command.name, action, 1]);
      const nobodys = await say(command, command.actions.length === 0 ? 'nobody' : action, 'nobody');
      expect(foreign).toEqual(nobodys);
    }
  }
  expect(boltWrites()).toBe(0);
});
