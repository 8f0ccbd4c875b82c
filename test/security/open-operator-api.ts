import type { Router } from 'express';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Settings } from '../../src/config/load-config.ts';
import { createDeclaredDirectory } from '../../src/directory/directory.ts';
import { sharedTenant } from '../../src/directory/shared-tenant.ts';
import { rulesReader } from '../../src/config/rules-reader.ts';
import { createRuleDesk } from '../../src/sessions/rule-desk/rule-desk.ts';
import { openKeptDirectory } from '../../src/open-kept-directory.ts';
import { openKeptLines } from '../../src/open-kept-lines.ts';
import { openSecrets, type Secrets } from '../../src/open-secrets.ts';
import { as, type TenantId } from '../../src/platform/ids.ts';
import { routingKey } from '../../src/sessions/conversation-event.ts';
import { OpenStreams } from '../../src/api/events/open-streams.ts';
import { createKeyDesk } from '../../src/api/keys/key-desk.ts';
import type { Scope } from '../../src/api/scopes.ts';
import { operatorRouters } from '../../src/operator-routers.ts';
import { createHookDesk } from '../../src/sessions/events/hook-desk.ts';
import { hookDeliveries } from '../../src/sessions/events/hook.ts';
import { put } from '../../src/store/store.ts';
import { EventUse } from '../../src/sessions/events/event-use.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { makeSecretKey, readSecretKey } from '../../src/secrets/secret-key.ts';
import type { DirectoryDesk } from '../../src/sessions/kept-directory/directory-desk.ts';
import { createParked } from '../../src/sessions/front/parked.ts';
import type { LineDesk } from '../../src/sessions/kept-lines/line-desk.ts';
import { Lines } from '../../src/sessions/lines.ts';
import { serveHttp } from '../api/serve-http.ts';
import { declaredBy } from '../fixtures/directory-rules.ts';
import { acme, bolt, type World } from '../sessions/world.ts';
import { openTwoTenants, type TwoTenants } from './two-tenants.ts';

export const operatorToken = 'the-token-of-the-operator';

export interface Route {
  readonly method: string;
  readonly path: string;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Headers;
}

export interface Asking {
  readonly id?: string;
  readonly query?: string;
  /** Null: none is sent. */
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** Instead of what the route wants to be told. */
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

export interface OperatorApi extends TwoTenants {
  readonly port: number;
  /** All that the product composes. */
  readonly routes: readonly Route[];
  readonly ask: (route: Route, tenant: string, asking?: Asking) => Promise<Answer>;
  /** A key of the tenant, made anew. */
  readonly keyWith: (tenant: TenantId, scopes: readonly Scope[]) => Promise<string>;
}

/** What the product offers to operators, over HTTP, for two tenants with a line of their own each. */
export async function openOperatorApi(isReady = () => true): Promise<OperatorApi> {
  let directory: DirectoryDesk | undefined;
  let parts: { readonly desk: LineDesk; readonly secrets: Secrets } | undefined;
  const two = await openTwoTenants(async (world) => {
    parts = await openLines(world);
    const ids: Record<string, Record<string, string>> = {};
    directory = await openDirectory(world, parts.secrets);
    for (const tenant of [acme, bolt]) {
      await parts.desk.put(tenant, lineOf(tenant), lineGiven(tenant), { ifAbsent: true });
      await leaveWaiting(world, tenant);
      ids[tenant] = { lines: lineOf(tenant), ...(await furnishDirectory(directory, tenant)) };
    }
    const rules = rulesOf(world);
    await rules.save(acme, [], {});
    // Each tenant counts by itself: one that the other does not have.
    for (const name of ['of bolt', 'of bob']) await rules.save(bolt, [{ name }], {});
    const hooks = {
      acme: await plantHook(world, parts.secrets, acme),
      bolt: await plantHook(world, parts.secrets, bolt),
    };
    const keys = { acme: (await makeKey(world, acme)).view.id, bolt: (await makeKey(world, bolt)).view.id };
    return {
      acme: {
        ...ids['acme'],
        keys: keys.acme,
        webhooks: hooks.acme,
        rules: '1',
      },
      bolt: {
        ...ids['bolt'],
        keys: keys.bolt,
        webhooks: hooks.bolt,
        rules: '2',
      },
    };
  });
  if (parts === undefined || directory === undefined) throw new Error('nothing was planted');
  const { desk: lineDesk, secrets } = parts;
  const desk: DirectoryDesk = directory;
  const { store, clock, delivery } = two.world;
  const routers = operatorRouters({
    store,
    directory: two.world.directory,
    clock,
    logger: silentLogger,
    operatorToken,
    alone: true,
    secrets,
    isReady,
    delivery: () => delivery,
    lines: () => lineDesk,
    rules: rulesOf(two.world),
    desk: () => desk,
    parked: () => createParked({ store, directory: two.world.directory, accept: delivery.accept }),
    directoryRules: declaredBy(inFile).rules,
    eventUse: new EventUse({ store, clock, logger: silentLogger, alone: true }),
    streams: new OpenStreams(100),
  });
  const server = await serveHttp({ clock, routers });
  onTestFinished(async () => server.stop());
  return {
    ...two,
    port: server.port,
    routes: routers.flatMap(routesOf),
    keyWith: async (tenant, scopes) => (await makeKey(two.world, tenant, scopes)).token,
    async ask(
      { method, path },
      tenant,
      { id = '', query = '', token = operatorToken, headers = {}, body: given } = {},
    ) {
      const filled = path
        .replace(':tenant', encodeURIComponent(tenant))
        .replace(':id', encodeURIComponent(id))
        .replace(':session', 'front')
        .replace(':delivery', sendingOf(tenant));
      const told = bodyFor(method, path);
      const body = given ?? (told === undefined ? undefined : JSON.stringify(told));
      const answer = await fetch(server.url + filled + query, {
        method,
        headers: {
          ...headers,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        },
        ...(body === undefined ? {} : { body }),
      });
      return { status: answer.status, body: await textOf(answer), headers: answer.headers };
    },
  };
}

/** Of a stream without end, how it begins. */
async function textOf(answer: Response): Promise<string> {
  if (answer.headers.get('content-type')?.startsWith('text/event-stream') !== true) return answer.text();
  const reader = answer.body?.getReader();
  const first = (await reader?.read()) as { readonly value?: Uint8Array } | undefined;
  await reader?.cancel();
  return Buffer.from(first?.value ?? []).toString();
}

function sendingOf(tenant: string): string {
  return `sending-of-${tenant}`;
}

/** A webhook, to which one event was sent. */
async function plantHook(
  { store, clock, delivery }: World,
  { box }: Secrets,
  tenant: TenantId,
): Promise<string> {
  const use = new EventUse({ store, clock, logger: silentLogger, alone: true });
  const desk = createHookDesk({ store, clock, box, use, accept: delivery.accept });
  const given = { url: `https://${tenant}.example/events`, types: [], enabled: true };
  const hook = (await desk.create(tenant, given, () => []))?.view.id ?? '';
  const event = `event-of-${tenant}`;
  const sending = { hook, event, position: 1, loggedAt: clock.now(), madeAt: clock.now() };
  await store.commit(tenant, [put(hookDeliveries, sendingOf(tenant), sending, 'absent')]);
  return hook;
}

async function makeKey(
  { store, clock }: World,
  tenant: TenantId,
  scopes: readonly Scope[] = ['queues:read'],
) {
  const desk = createKeyDesk({ store, now: () => clock.now() });
  const made = await desk.create(tenant, { name: `key of ${tenant}`, scopes }, () => []);
  if (made === undefined) throw new Error('the tenant has too many keys');
  return made;
}

function routesOf(router: Router): Route[] {
  return router.stack.flatMap(({ route }) =>
    route === undefined
      ? []
      : route.stack.map(({ method }) => ({ method: method.toUpperCase(), path: route.path })),
  );
}

/** What a route wants to be told, as somebody of Acme's would tell it. */
export function bodyFor(method: string, path: string): object | undefined {
  if (method === 'GET' || method === 'DELETE') return undefined;
  if (path.endsWith('/rules')) return { rules: [] };
  if (path.endsWith('/assign')) return { tenant: 'acme' };
  if (path === '/api/v1/tenants/:tenant') return { name: 'A fresh tenant', homeserver: 'main' };
  if (path === '/api/v1/shared-lines/:id') return sharedLineGiven;
  const [, kind = ''] = /:tenant\/([a-z-]+)/.exec(path) ?? [];
  if (path.endsWith('/rotate-secret')) return {};
  if (path.endsWith('/:id/redeliver')) return { since: '2026-01-01T00:00:00Z' };
  if (/\/webhooks(?:\/:id)?$/.test(path)) return { url: 'https://acme.example/events' };
  if (path.endsWith('/keys')) return { name: 'a key', scopes: ['keys:write'] };
  if (method === 'PUT' && kind === 'agents') return { user: '@new:example.org', name: 'Agent of acme' };
  if (method === 'PUT')
    return kind === 'lines' ? lineGiven(acme) : (givenOf(acme)[kind] ?? tenantGiven(acme));
  if (method === 'POST' && path.includes('/members/')) return { instructions: [{ do: 'pause', ms: 0 }] };
  if (method === 'POST' && kind === 'queues') return { friendlyName: 'A queue of acme' };
  if (method === 'POST' && kind === 'identifiers') return { identifier: 'another@acme.example' };
  if (path.endsWith('/availability')) return { availability: 'offline' };
  return path.endsWith('/simulate') ? { queue: queueOf(acme), network: 'loopback' } : undefined;
}

function rulesOf({ store, directory, clock }: World) {
  return createRuleDesk({
    store,
    directory,
    now: () => clock.now(),
    reader: rulesReader,
    logger: silentLogger,
  });
}

/** Nobody of the tenant is there, and a customer waits. */
async function leaveWaiting({ delivery, customer }: World, tenant: TenantId): Promise<void> {
  const agents: readonly string[] = tenant === bolt ? ['bob'] : ['anna', 'ben'];
  await delivery.accept(
    tenant,
    agents.map((agent) => ({
      id: as(`test:offline:${agent}`),
      key: routingKey,
      event: { type: 'availability', agent: as(agent), availability: 'offline', by: 'api' },
    })),
  );
  await delivery.idle();
  await customer(`waiting-for-${tenant}`, undefined, tenant).says('Is anybody there?');
}

function queueOf(tenant: string): string {
  return tenant === bolt ? 'bolt-support' : 'support';
}

function lineOf<Line extends string>(tenant: string): Line {
  return `line-of-${tenant}` as Line;
}

function lineGiven(tenant: string): object {
  const parameters = { secret: `a secret of ${tenant}` };
  return { channel: 'loopback', queue: queueOf(tenant), name: `Line of ${tenant}`, parameters };
}

const sharedLineGiven = { channel: 'loopback', parameters: { secret: 'a secret of all tenants' } };

/** The file declares the tenants and nothing that they have. */
const inFile = { acme: tenantGiven('acme'), bolt: tenantGiven('bolt') };

function tenantGiven(tenant: string): object {
  return { name: `Tenant ${tenant}`, homeserver: 'main', agents: {}, queues: {} };
}

/** By the word that stands for their kind in paths. */
function givenOf(tenant: string): Readonly<Record<string, object>> {
  return {
    agents: { user: `@${agentOf(tenant)}:example.org`, name: `Agent of ${tenant}` },
    queues: { friendlyName: `Queue of ${tenant}` },
    applications: {
      url: `https://ivr.${tenant}.example/`,
      twilioAuthToken: `a-secret-of-${tenant}-long-enough`,
    },
    services: { kind: 'direct', name: `Service of ${tenant}`, queue: queueOf(tenant) },
    calendars: { timeZone: 'Europe/Berlin' },
    texts: { greeting: `Words of ${tenant}` },
    'shared-lines': { queue: queueOf(tenant) },
  };
}

function agentOf(tenant: string): string {
  return tenant === bolt ? 'bob' : 'anna';
}

async function furnishDirectory(desk: DirectoryDesk, tenant: TenantId): Promise<Record<string, string>> {
  const names = {
    agents: agentOf(tenant),
    queues: queueOf(tenant),
    applications: `application-of-${tenant}`,
    services: `service-of-${tenant}`,
    calendars: `calendar-of-${tenant}`,
    texts: tenant === bolt ? 'de-bolt' : 'de',
    'shared-lines': tenant === bolt ? 'mobile' : 'number',
  };
  const given = { ...givenOf(tenant), queues: { name: `Queue of ${tenant}` } };
  for (const [kind, name] of Object.entries(names))
    await desk.put(tenant, { kind, name }, () => given[kind as keyof typeof given], {});
  const identifier = { identifier: `help@${tenant}.example` };
  const name = declaredBy(inFile).rules.nameOf('identifiers', identifier);
  await desk.put(tenant, { kind: 'identifiers', name }, () => identifier, {});
  return { ...names, identifiers: name };
}

async function openDirectory({ store, clock, delivery }: World, { box }: Secrets): Promise<DirectoryDesk> {
  const { rules, tenants } = declaredBy(inFile);
  const kept = openKeptDirectory({
    directory: createDeclaredDirectory(tenants),
    store,
    rules,
    box,
    clock,
    logger: silentLogger,
    accept: delivery.accept,
    linesOf: async () => undefined,
  });
  await kept.load();
  onTestFinished(async () => kept.stop());
  return kept.desk;
}

async function openLines({ store, clock, directory: declared, delivery }: World) {
  const directory = createDeclaredDirectory([
    sharedTenant(new Map(), { ledgerMs: 86_400_000 }),
    ...declared.tenants(),
  ]);
  const storeDirectory = mkdtempSync(join(tmpdir(), 'switchboard-secrets-'));
  const secretKeys = [readSecretKey('first', makeSecretKey())];
  const settings = { storeDirectory, file: 'config.yaml', secretKeys, rereadSecretKeys: () => secretKeys };
  const secrets = openSecrets(settings as unknown as Settings, store);
  const shared = { directory, store, clock, logger: silentLogger, publicUrl: 'http://switchboard.test' };
  const lines = new Lines({
    ...shared,
    media: () => ({ open: refuse, signedLink: refuse, fetch: refuse }),
    files: () => ({ write: refuse, open: async () => undefined, remove: async () => undefined }),
    accept: async () => undefined,
    typing: () => undefined,
    stateChanged: () => undefined,
  });
  const kept = openKeptLines({ ...shared, directory, box: secrets.box, lines, accept: delivery.accept });
  await kept.load();
  await lines.open();
  onTestFinished(async () => {
    await kept.stop();
    await lines.close();
    rmSync(storeDirectory, { recursive: true });
  });
  return { desk: kept.desk, secrets };
}

function refuse(): never {
  throw new Error('not used here');
}
