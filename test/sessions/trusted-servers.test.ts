import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { application } from '../../src/config/applications-schema.ts';
import { toApplication } from '../../src/config/to-application.ts';
import { createDeclaredDirectory } from '../../src/directory/directory.ts';
import type { Chooser } from '../../src/directory/routing-policy.ts';
import type { ServiceSettings } from '../../src/directory/service-settings.ts';
import type { Tenant } from '../../src/directory/tenant.ts';
import { createGuardedFetch, type GuardedFetch } from '../../src/media/guarded-fetch.ts';
import { as, type AgentId, type QueueId } from '../../src/platform/ids.ts';
import { silentLogger } from '../../src/platform/log.ts';
import type { LookUp } from '../../src/services/instruction.ts';
import { createApplicationCaller } from '../../src/sessions/applications/application-caller.ts';
import { dequeueInstructions } from '../../src/sessions/applications/dequeued.ts';
import { createAskChooser } from '../../src/sessions/choosers/ask-chooser.ts';
import { createDeclaredLookUp } from '../../src/sessions/service-calls/declared-look-up.ts';
import { declaredDialog } from '../fixtures/declared-dialog.ts';
import { acme, tenantOf } from './world.ts';

/** A server on a private address, at which the operator trusts; asked for what the config file declares, and for nothing else. */
describe('a server of the operator’s own network', () => {
  let server: Server;
  let fetch: GuardedFetch;
  let origin: string;
  const seen: (string | undefined)[] = [];
  beforeEach(async () => {
    seen.length = 0;
    server = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.setHeader('content-type', 'application/json').end('{"agent":"anna","tier":"gold"}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    fetch = createGuardedFetch({ logger: silentLogger });
  });
  afterEach(async () => {
    await fetch.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const parts = (tenant: Tenant) => ({
    directory: createDeclaredDirectory([tenant]),
    fetch,
    trustedOrigins: [origin],
  });
  const look = async (settings: Partial<ServiceSettings>, more: Partial<LookUp> = {}) => {
    const dialog = declaredDialog(
      `steps: [{ name: who, do: lookUp, url: '${origin}/who', headers: { authorization: planted }, keep: { tier: tier } }]`,
    );
    const services = { welcome: { ...dialog, ...settings } as ServiceSettings };
    return createDeclaredLookUp(parts(tenantOf({ services })))(
      {
        url: `${origin}/who`,
        method: 'GET',
        by: { dialog: 'welcome', step: 'who' },
        timeoutMs: 2000,
        keep: { tier: 'tier' },
        ...more,
      },
      acme,
    );
  };

  it('is looked up by a dialog of the config file, with what the dialog sends along', async () => {
    expect(await look({ ofFile: true })).toEqual({ attributes: { tier: 'gold' } });
    expect(seen).toEqual(['planted']);
  });

  it.each<[string, Partial<ServiceSettings>, Partial<LookUp>, RegExp]>([
    ['by one that came by REST', {}, {}, /is not fetched/],
    ['as an earlier version asked', { ofFile: true }, { by: undefined as never }, /is not fetched/],
    ['without its secrets', { ofFile: true, problem: 'the key is missing' }, {}, /the key is missing/],
    [
      'for a step that is gone',
      { ofFile: true },
      { by: { dialog: 'welcome', step: 'other' } },
      /was changed/,
    ],
    ['for a dialog that is gone', { ofFile: true }, { by: { dialog: 'other', step: 'who' } }, /was changed/],
    ['with what is for another server', { ofFile: true }, { url: 'https://other.example/' }, /was changed/],
  ])('is not looked up %s', async (_how, settings, more, reason) => {
    expect(await look(settings, more)).toMatchObject({ failure: expect.stringMatching(reason) as string });
    expect(seen).toEqual([]);
  });

  const inside = () => `${origin}/start`;
  it.each<[string, () => object]>([
    ['redirect', () => ({ do: 'redirect', url: inside() })],
    ['enqueue', () => ({ do: 'enqueue', waitApplication: inside() })],
    ['action', () => ({ do: 'enqueue', action: inside() })],
    ['ask', () => ({ do: 'ask', name: 'q', text: 'Q?', action: inside() })],
  ])('is not named by a program that came by REST: %s', async (_how, instruction) => {
    const outside = createServer((_request, response) => {
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify({ instructions: [instruction()] }));
    });
    await new Promise<void>((resolve) => outside.listen(0, '127.0.0.1', resolve));
    const there = `http://127.0.0.1:${String((outside.address() as AddressInfo).port)}`;
    // As though it were at a public address.
    const asked = createGuardedFetch({ logger: silentLogger });
    const call = createApplicationCaller({
      fetch: Object.assign(
        async (url: string, options = {}) => asked(url, { ...options, trustedOrigins: [there] }),
        { close: async () => asked.close() },
      ),
      now: () => 1_000_000,
      trustedOrigins: [origin],
    });
    const outcome = async (ofFile: boolean) =>
      call(tenantOf({}), {
        application: toApplication('outside', application.parse({ url: there }), { ofFile }),
        parameters: {},
        id: 'c',
        attempt: 9,
        queue: as<QueueId>('support'),
      });
    expect(await outcome(true)).toHaveProperty('instructions');
    expect(await outcome(false)).toEqual({
      failure: expect.stringContaining('a server of the operator’s own network') as string,
    });
    const dequeued = dequeueInstructions(
      {
        ...tenantOf({}),
        applications: new Map([
          ['in', toApplication('in', application.parse({ url: inside() }), { ofFile: true })],
        ]),
      },
      as<QueueId>('support'),
      { instructions: [instruction()] },
      [origin],
    );
    expect(dequeued).toMatchObject({ problem: { path: 'instructions' } });
    await asked.close();
    outside.closeAllConnections();
    await new Promise((resolve) => outside.close(resolve));
  });

  it('is not named by who takes a session out of its queue', () => {
    const toFile = toApplication('in', application.parse({ url: inside() }), { ofFile: true });
    const tenant = { ...tenantOf({}), applications: new Map([['in', toFile]]) };
    const dequeue = (origins: readonly string[]) =>
      dequeueInstructions(tenant, as<QueueId>('support'), { url: inside() }, origins);
    expect(dequeue([])).toMatchObject({ instructions: [{ do: 'redirect' }] });
    expect(dequeue([origin])).toMatchObject({ problem: { path: 'url' } });
  });

  it.each([
    ['chooses for a queue of the config file', true, { nativeId: 'agent:anna' }],
    ['does not choose for one that came by REST', undefined, { nativeId: 'failed:it may not be asked' }],
  ] as const)('%s', async (_what, ofFile, outcome) => {
    const chooser: Chooser = {
      url: `${origin}/choose`,
      ...(ofFile === undefined ? {} : { ofFile }),
      secret: 'a secret of the chooser',
      timeoutMs: 2000,
    };
    const ask = createAskChooser({ ...parts(tenantOf({ policy: { chooser } })), now: () => 1_000_000 });
    const agent = { id: 'anna', name: 'Anna', skills: {}, load: 0, capacity: 1, sessions: 0, idleSince: '' };
    const question = {
      tenant: 'acme',
      session: 's',
      queue: 'support',
      media: [],
      network: 'loopback',
      waitedSeconds: 0,
      priority: 0,
      requiredSkills: {},
      preferredSkills: {},
      agents: [{ ...agent, id: as<AgentId>('anna') }],
    };
    const operation = { kind: 'choose', session: as<never>('s'), call: 'c', question } as const;
    expect(await ask(acme, { ...operation, queue: as<QueueId>('support') })).toEqual(outcome);
    expect(seen).toHaveLength(ofFile === true ? 1 : 0);
  });
});
