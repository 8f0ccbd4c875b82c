import { expect, it, vi } from 'vitest';
import { routeDeclarations } from '../../src/api/operator-api.ts';
import { scopes } from '../../src/api/scopes.ts';
import type { Settings } from '../../src/config/load-config.ts';
import { ledgerSearches } from '../../src/sessions/ledger/ledger.ts';
import { tenantCommands } from '../../src/tenant-commands.ts';
import { acme as ofAcme, bolt as ofBoltId } from '../sessions/world.ts';
import { openOperatorApi, operatorToken, type OperatorApi, type Route } from './open-operator-api.ts';
import { ofBolt, type Belongings } from './two-tenants.ts';

/** Security row S5, for every route of operators and every command of the command line: made from the lists that the product itself uses. */

const base = '/api/v1/tenants/:tenant/';
/** Of the installation: about no tenant. */
const ofNoTenant = ['GET /api/v1/secrets', 'POST /api/v1/secrets/rotate'];
/** About all tenants, or a tenant itself: for the operator of the installation only. */
const ofAllTenants = [
  'GET /api/v1/tenants',
  'GET /api/v1/directory/resolve',
  'GET /api/v1/parked',
  'GET /api/v1/parked/:id',
  'POST /api/v1/parked/:id/assign',
  'GET /api/v1/shared-lines',
  'GET /api/v1/shared-lines/:id',
  'PUT /api/v1/shared-lines/:id',
  'DELETE /api/v1/shared-lines/:id',
  'POST /api/v1/shared-lines/:id/verify',
];
const itself = '/api/v1/tenants/:tenant';
/** The same everywhere: what the API is. */
const ofEverybody = ['GET /api/v1/openapi.json', 'GET /api/v1/docs'];
const named = ({ method, path }: Route): string => `${method} ${path}`;

interface Api extends OperatorApi {
  /** The others of `routes`. */
  readonly installation: readonly Route[];
  /** About the tenant itself. */
  readonly itself: readonly Route[];
}

async function openApi(): Promise<Api> {
  const api = await openOperatorApi();
  const isOfTenant = ({ path }: Route): boolean => path.includes(':tenant') && path !== itself;
  return {
    ...api,
    routes: api.routes.filter(isOfTenant),
    installation: api.routes.filter(
      (route) => !isOfTenant(route) && route.path !== itself && !ofEverybody.includes(named(route)),
    ),
    itself: api.routes.filter(({ path }) => path === itself),
  };
}

/** What is not there yet is made. */
const madeByPut = [
  'lines',
  'agents',
  'queues',
  'applications',
  'services',
  'calendars',
  'texts',
  'shared-lines',
];
/** Names that nobody has, where any other would be refused. */
const freeNames: Readonly<Record<string, string>> = { texts: 'fr', 'shared-lines': 'landline' };
const isMadeByPut = (route: Route): boolean => route.method === 'PUT' && madeByPut.includes(kindOf(route));

const kindOf = ({ path }: Route): string => path.slice(base.length).split('/')[0] ?? '';
const takesId = ({ path }: Route): boolean => path.includes(':id');
/** Reading first, dropping last, so that each finds what it is about. */
const order = ['GET', 'PUT', 'POST', 'DELETE'];

function own(belongings: Belongings, route: Route): string {
  const id = belongings.ids[kindOf(route)];
  if (id === undefined) throw new Error(`two-tenants.ts plants nothing for ${route.path}`);
  return id;
}

it('every route is about one tenant, but for those of the installation that are named here', async () => {
  const { routes, installation } = await openApi();
  expect(routes.length).toBeGreaterThanOrEqual(15);
  expect(routes.filter(({ path }) => !path.startsWith(base))).toEqual([]);
  expect(routes.filter(({ method }) => !order.includes(method))).toEqual([]);
  expect(installation.map(({ method, path }) => `${method} ${path}`)).toEqual([
    ...ofNoTenant,
    ...ofAllTenants,
  ]);
});

/** What a caller may send along, to learn whether something is there and what it is. */
async function conditions({ ask, bolt }: Api, kind = 'lines'): Promise<Record<string, string>[]> {
  const one = { method: 'GET', path: `${base}${kind}/:id` };
  const tag = (await ask(one, 'bolt', { id: bolt.ids[kind] ?? '' })).headers.get('etag');
  if (tag === null) throw new Error(`${kind}: it has no tag`);
  return [{}, { 'if-match': tag }, { 'if-match': '*' }, { 'if-none-match': '*' }];
}

it('with another tenant’s id: 404, just as with an id that nobody has; and nothing of that tenant is touched', async () => {
  const api = await openApi();
  const { routes, ask, bolt, boltWrites } = api;
  const asked = routes.filter((route) => takesId(route) && !isMadeByPut(route));
  for (const headers of await conditions(api)) {
    for (const route of asked) {
      const told = async (id: string) => {
        const { status, body } = await ask(route, 'acme', { id, headers });
        return { status, body };
      };
      const foreign = await told(own(bolt, route));
      expect([route, headers, foreign.status]).toEqual([route, headers, 404]);
      expect(foreign.body).not.toMatch(ofBolt);
      expect(await told('an-id-of-nobody')).toEqual(foreign);
    }
  }
  expect(boltWrites()).toBe(0);
});

it.each(madeByPut)(
  'PUT %s with another tenant’s id makes something of one’s own, as with an id that nobody has',
  async (kind) => {
    const ofNobody = freeNames[kind] ?? 'an-id-of-nobody';
    for (const nth of [0, 1, 2, 3]) {
      const api = await openApi();
      const { routes, ask, bolt, boltWrites } = api;
      const route = routes.find(({ method, path }) => method === 'PUT' && path === `${base}${kind}/:id`);
      if (route === undefined) throw new Error(`${kind} cannot be put`);
      const get = { method: 'GET', path: route.path };
      const before = (await ask(get, 'bolt', { id: own(bolt, route) })).body;
      const headers = (await conditions(api, kind))[nth] ?? {};
      const told = async (id: string) => {
        const { status, body } = await ask(route, 'acme', { id, headers });
        const made = JSON.parse(body.replaceAll(id, '')) as Record<string, unknown>;
        const {
          updatedAt: _1,
          createdAt: _2,
          changedAt: _3,
          dateCreated: _4,
          dateUpdated: _5,
          ...parsed
        } = made;
        return { status, body: parsed };
      };
      const foreign = await told(own(bolt, route));
      expect([headers, foreign.status]).toEqual([headers, headers['if-match'] === undefined ? 201 : 412]);
      expect(JSON.stringify(foreign.body)).not.toMatch(ofBolt);
      // An account of an agent can be had once.
      if (kind === 'agents')
        await ask({ method: 'DELETE', path: route.path }, 'acme', { id: own(bolt, route) });
      expect(await told(ofNobody)).toEqual(foreign);
      expect(boltWrites()).toBe(0);
      expect((await ask(get, 'bolt', { id: own(bolt, route) })).body).toBe(before);
    }
  },
);

it('of the tenant itself: only with the operator’s token, and nobody else’s is touched', async () => {
  const { itself: routes, ask, boltWrites } = await openApi();
  expect(routes.map(({ method }) => method).sort()).toEqual(['DELETE', 'GET', 'PUT']);
  for (const route of routes) {
    for (const token of [null, 'another-token-of-operators', `${operatorToken}x`])
      expect([route, (await ask(route, 'acme', { token })).status]).toEqual([route, 401]);
    const { status, body } = await ask(route, 'acme');
    // It is declared in the config file.
    expect([route, status]).toEqual([route, route.method === 'GET' ? 200 : 409]);
    expect(body).not.toMatch(ofBolt);
    for (const tenant of ['*', '..', 'ACME', 'acme%00', '__proto__'])
      expect([route, tenant, [404, 422].includes((await ask(route, tenant)).status)]).toEqual([
        route,
        tenant,
        true,
      ]);
  }
  expect(boltWrites()).toBe(0);
});

it('a key that another tenant used already is as good as new', async () => {
  const { routes, ask, acme, bolt } = await openApi();
  const writing = routes.filter(
    (route) => takesId(route) && (route.method === 'POST' || route.method === 'DELETE'),
  );
  for (const route of writing) {
    const headers = { 'idempotency-key': `the key of ${route.method} ${route.path}` };
    await ask(route, 'bolt', { id: own(bolt, route), headers });
    const answers = [];
    for (const id of ['an-id-of-nobody', 'an-id-of-nobody'])
      answers.push(await ask(route, 'acme', { id, headers }));
    expect([route, answers.map(({ status }) => status)]).toEqual([route, [404, 404]]);
    for (const { body } of answers) expect(body).not.toMatch(ofBolt);
    expect((await ask(route, 'acme', { id: own(acme, route) })).body).not.toMatch(ofBolt);
  }
});

it('routes of the installation need the operator’s token and nothing else, and name no tenant', async () => {
  const { installation, ask } = await openApi();
  const isAboutAll = ({ method, path }: Route): boolean => ofAllTenants.includes(`${method} ${path}`);
  for (const route of installation) {
    for (const token of [null, 'another-token-of-operators', `${operatorToken}x`, operatorToken.slice(1)])
      expect([route, (await ask(route, '', { token, id: 'x' })).status]).toEqual([route, 401]);
    const query = `?access_token=${operatorToken}&token=${operatorToken}`;
    expect([route, (await ask(route, '', { query, token: null, id: 'x' })).status]).toEqual([route, 401]);
    if (isAboutAll(route)) continue;
    const { status, body } = await ask(route, '');
    expect([route, status]).toEqual([route, 200]);
    expect(body).not.toMatch(/bolt|bob|acme|anna|a secret of/i);
  }
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
  for (const route of routes.filter((each) => !takesId(each) && each.method === 'GET')) {
    const answers = await Promise.all(queries.map(async (query) => ask(route, 'acme', { query })));
    for (const { status, body } of answers) {
      expect([route, [200, 201, 400].includes(status)]).toEqual([route, true]);
      expect(body).not.toMatch(ofBolt);
    }
    // It is no empty list that shows nothing.
    const all = answers.filter(({ status }) => status < 300);
    expect([route, all.length > 0]).toEqual([route, true]);
  }
  expect(boltWrites()).toBe(0);
});

it('without the token, with another, or in the query: 401; for a tenant that nobody knows: 404', async () => {
  const { routes, installation, ask, acme, boltWrites } = await openApi();
  // Of dots the client itself makes a step up, to a route of the installation.
  const isOneOfThese = ({ path }: Route): boolean =>
    installation.some((route) => route.path === path.replace('/tenants/:tenant', ''));
  for (const route of routes) {
    const id = takesId(route) ? own(acme, route) : '';
    for (const token of [null, 'another-token-of-operators', `${operatorToken}x`, operatorToken.slice(1)])
      expect([route, (await ask(route, 'acme', { id, token })).status]).toEqual([route, 401]);
    const query = `?access_token=${operatorToken}&token=${operatorToken}`;
    expect([route, (await ask(route, 'acme', { id, query, token: null })).status]).toEqual([route, 401]);
    for (const tenant of ['nobody', '*', '..', 'ACME', 'acme%00', '__proto__', 'constructor'])
      if (tenant !== '..' || !isOneOfThese(route))
        expect([route, tenant, (await ask(route, tenant, { id })).status]).toEqual([route, tenant, 404]);
  }
  expect(boltWrites()).toBe(0);
});

it('with its own id: there it is, so the routes do work', async () => {
  const { routes, ask, acme, boltWrites } = await openApi();
  const inOrder = routes
    .filter(takesId)
    .toSorted((a, b) => order.indexOf(a.method) - order.indexOf(b.method));
  for (const route of inOrder) {
    const { status, body } = await ask(route, 'acme', { id: own(acme, route) });
    // What was put back or sent again is no longer there to be dropped.
    const expected = route.method === 'DELETE' ? [204, 404, 409] : [200, 201, 202, 204];
    expect([route, expected.includes(status)]).toEqual([route, true]);
    expect(body).not.toMatch(ofBolt);
  }
  expect(boltWrites()).toBe(0);
});

it('every route has a scope or is the operator’s, and each scope is of use', async () => {
  const { routes } = await openApi();
  const declared = routeDeclarations.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
  expect(routes.map(named).filter((name) => !declared.includes(name))).toEqual([]);
  expect(new Set(declared).size).toBe(declared.length);
  const used = new Set(routeDeclarations.map(({ access }) => access));
  expect(scopes.filter((scope) => !used.has(scope))).toEqual([]);
});

it('a tenant itself, and what tenants share, no key may change', () => {
  const operators = routeDeclarations.filter(({ access }) => access === 'operator').map(named);
  for (const route of [
    ...['put', 'delete'].flatMap((method) => [`${method} ${itself}`, `${method} ${base}shared-lines/:id`]),
    ...ofAllTenants.map((name) => name.replace(/^[A-Z]+/, (method) => method.toLowerCase())),
  ])
    expect(operators).toContain(route);
});

it('a key of the tenant may what its scopes say, and nothing else: 403', async () => {
  const { ask, acme, keyWith, boltWrites } = await openApi();
  const inOrder = routeDeclarations
    .filter(({ path }) => path.startsWith('/api/v1/tenants/:tenant/'))
    .toSorted((a, b) => order.indexOf(a.method.toUpperCase()) - order.indexOf(b.method.toUpperCase()));
  const everything = await keyWith(ofAcme, scopes);
  for (const { method, path, access, operation } of inOrder) {
    const route = { method: method.toUpperCase(), path };
    const id = takesId(route) ? own(acme, route) : '';
    const others = await keyWith(
      ofAcme,
      scopes.filter((scope) => scope !== access),
    );
    const refused = await ask(route, 'acme', { id, token: others });
    expect([operation, refused.status]).toEqual([operation, 403]);
    expect(refused.headers.get('www-authenticate')).toContain('insufficient_scope');
    const token = access === 'operator' || access === 'public' ? everything : await keyWith(ofAcme, [access]);
    const { status } = await ask(route, 'acme', { id, token });
    if (access === 'operator') expect([operation, status]).toEqual([operation, 403]);
    else expect([operation, [401, 403, 500].includes(status)]).toEqual([operation, false]);
  }
  expect(boltWrites()).toBe(0);
});

it('a key of another tenant: 404 on every route, just as for a tenant that nobody knows', async () => {
  const { routes, ask, acme, keyWith } = await openApi();
  const token = await keyWith(ofBoltId, scopes);
  for (const route of routes) {
    const id = takesId(route) ? own(acme, route) : '';
    const foreign = await ask(route, 'acme', { id, token });
    expect([route, foreign.status]).toEqual([route, 404]);
    const nobodys = await ask(route, 'nobody', { id, token });
    expect([nobodys.status, nobodys.body]).toEqual([foreign.status, foreign.body]);
  }
});

it('a key is none for the routes of the installation', async () => {
  const { installation, ask, keyWith } = await openApi();
  const token = await keyWith(ofAcme, scopes);
  for (const route of installation)
    expect([route, (await ask(route, '', { token, id: 'x' })).status]).toEqual([route, 403]);
});

it('a key is none for a tenant itself, its own included, and does not tell which tenants there are', async () => {
  const { itself: routes, ask, keyWith, boltWrites } = await openApi();
  const token = await keyWith(ofAcme, scopes);
  for (const route of routes) {
    expect([route, (await ask(route, 'acme', { token })).status]).toEqual([route, 403]);
    const foreign = await ask(route, 'bolt', { token });
    expect([route, [403, 404].includes(foreign.status)]).toEqual([route, true]);
    const nobodys = await ask(route, 'nobody', { token });
    expect([nobodys.status, nobodys.body]).toEqual([foreign.status, foreign.body]);
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
