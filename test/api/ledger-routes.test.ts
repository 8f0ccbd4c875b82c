import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deliveryRoutes } from '../../src/api/delivery-routes.ts';
import { createIdempotency } from '../../src/api/idempotency.ts';
import { ledgerRoutes } from '../../src/api/ledger-routes.ts';
import { createOperatorGuard } from '../../src/api/operator-guard.ts';
import { deliveries } from '../../src/delivery/collections.ts';
import { dropDelivery, listDeliveries } from '../../src/delivery/dead-letters.ts';
import { createDeclaredDirectory } from '../../src/directory/directory.ts';
import { as } from '../../src/platform/ids.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { createLedger } from '../../src/sessions/ledger/ledger.ts';
import { openWorld, tenantOf, type World } from '../sessions/world.ts';
import { serveHttp, type ServedHttp } from './serve-http.ts';

const operatorToken = 'the-token-of-the-operator';
const texts = { agentJoined: 'You talk to {agent}.' };
let world: World;
let server: ServedHttp;
let base: string;
let cora: ReturnType<World['customer']>;
let anna: ReturnType<World['anna']>;

/** Two tenants are served; only acme's customers have written. */
beforeEach(async () => {
  world = await openWorld({ texts });
  const { store, clock, delivery } = world;
  const globex = { ...tenantOf({}), id: as<never>('globex'), name: 'Globex' };
  const directory = createDeclaredDirectory([tenantOf({ texts }), globex]);
  const guard = createOperatorGuard({
    hasTenant: (tenant) => directory.tenant(tenant) !== undefined,
    operatorToken,
    idempotency: createIdempotency({ store, now: () => clock.now() }),
    logger: silentLogger,
  });
  server = await serveHttp({
    routers: [
      deliveryRoutes({
        deliveries: {
          list: async (tenant, state, page) => listDeliveries(store, tenant, state, page),
          get: async (tenant, id) => (await store.get(tenant, deliveries, id))?.value,
          retry: async (tenant, id, also) => delivery.retry(tenant, id, also),
          drop: async (tenant, id, also) => dropDelivery(store, clock, tenant, id, also),
        },
        guard,
        logger: silentLogger,
      }),
      ledgerRoutes({ ledger: createLedger({ store, directory, now: () => clock.now() }), guard }),
    ],
  });
  base = `${server.url}/api/v1/tenants`;
  cora = world.customer('+15550001');
  await cora.says('A secret word');
  anna = world.anna(cora.conversation);
  await anna.joins();
});
afterEach(async () => {
  await server.stop();
  await world.close();
});

interface Found {
  readonly message: string;
  readonly verdict: { readonly outcome: string };
  readonly author: { readonly kind: string };
}
interface Answer {
  readonly status: number;
  readonly text: string;
  readonly messages: Found[];
  readonly deliveries: { readonly id: string; readonly message: string }[];
  readonly next?: string;
  readonly detail?: string;
}

async function ask(path: string, method = 'GET', token = operatorToken): Promise<Answer> {
  const answer = await fetch(base + path, { method, headers: { authorization: `Bearer ${token}` } });
  const text = await answer.text();
  const body = text === '' ? {} : (JSON.parse(text) as object);
  return { ...(body as Answer), status: answer.status, text };
}
const search = async (by: string, value: string, tenant = 'acme', more = ''): Promise<Answer> =>
  ask(`/${tenant}/messages?${by}=${encodeURIComponent(value)}${more}`);

describe('the ledger of a message', () => {
  it('tells its way with ids, kinds and times, and never what it says', async () => {
    const sent = await anna.says('Another secret word');
    const [found] = (await search('event', sent)).messages;
    const { status, text } = await ask(`/acme/messages/${found?.message ?? ''}/ledger`);
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({
      message: found?.message,
      conversation: cora.conversation,
      author: { kind: 'agent', user: '@anna:example.org' },
      kind: 'text',
      line: 'front',
      network: 'Loopback',
      nativeId: sent,
      acceptedAt: '2026-01-15T12:00:00.000Z',
      verdict: { outcome: 'sent', at: '2026-01-15T12:00:00.000Z' },
      timeline: [
        { step: 'accepted', at: '2026-01-15T12:00:00.000Z' },
        { step: 'relayed', to: ['line'] },
        { step: 'taken', leg: 'line', number: 1, part: 1, parts: 1 },
      ],
      words: [expect.stringContaining('took this'), expect.stringContaining('Sent by Anna')] as unknown,
    });
    expect(text).not.toContain('secret');
    expect(text).not.toContain('+1555');
  });

  it('of another tenant, or of none, is not there', async () => {
    const [mine] = (await search('conversation', cora.conversation)).messages;
    const path = `/messages/${mine?.message ?? ''}/ledger`;
    expect((await ask(`/acme${path}`)).status).toBe(200);
    expect((await ask(`/globex${path}`)).status).toBe(404);
    expect((await ask(`/initech${path}`)).status).toBe(404);
    expect((await ask('/acme/messages/nothing/ledger')).status).toBe(404);
    expect((await ask(`/acme${path}`, 'GET', 'another-token-of-somebody')).status).toBe(401);
    for (const [by, value] of [
      ['conversation', cora.conversation],
      ['address', '+15550001'],
      ['native', 'c1'],
      ['event', world.eventOf('contact: A secret word')],
    ] as const) {
      expect((await search(by, value)).messages.length).toBeGreaterThan(0);
      expect(await search(by, value, 'globex')).toMatchObject({ status: 200, messages: [] });
    }
  });
});

describe('messages are found', () => {
  it('by the network’s id and by the event, those that were kept back too', async () => {
    const kept = await world.ben(cora.conversation).says('Me too');
    expect((await search('event', kept)).messages).toMatchObject([
      { author: { kind: 'agent' }, nativeId: kept, verdict: { outcome: 'keptBack' } },
    ]);
    expect((await search('native', 'c1')).messages).toMatchObject([
      { author: { kind: 'customer' }, nativeId: 'c1', verdict: { outcome: 'sent' } },
    ]);
    const [line] = (
      await world.store.find(as('acme'), deliveries, { index: 'byQueued', equals: [false] })
    ).filter(({ value }) => value.nativeId?.startsWith('n-'));
    expect((await search('native', line?.value.nativeId ?? '')).messages).toMatchObject([
      { author: { kind: 'system' } },
    ]);
  });

  it('by conversation or address, newest first, page by page, each once', async () => {
    for (let count = 0; count < 7; count += 1) {
      world.clock.advance(1000);
      await anna.says(`Message ${String(count)}`);
      await anna.says('!status');
    }
    const all = (await search('conversation', cora.conversation)).messages;
    expect(all.length).toBe(16);
    expect((await search('address', '+15550001')).messages).toEqual(all);
    const paged: Found[] = [];
    let pages = 0;
    for (let next: string | undefined = ''; next !== undefined; pages += 1) {
      const cursor: string = next === '' ? '' : `&cursor=${next}`;
      const page: Answer = await search('conversation', cora.conversation, 'acme', `&limit=3${cursor}`);
      paged.push(...page.messages);
      next = page.next;
    }
    expect(paged).toEqual(all);
    expect(pages).toBe(6);
  });

  it('one that waits in quarantine, by its event', async () => {
    world.reconfigure({ texts, network: 'unknown to this version' });
    const stuck = anna.says('Now?');
    await vi.waitFor(async () => {
      world.clock.advance(1000);
      expect((await world.delivery.quarantine.list(as('acme'))).found).toHaveLength(1);
    });
    const event = await stuck;
    expect((await search('event', event)).messages).toMatchObject([
      { author: { kind: 'agent', user: '@anna:example.org' }, verdict: { outcome: 'setAside' } },
    ]);
  });

  it.each([
    ['', /query: expected one of native, event, conversation, address/],
    ['?native=a&event=b', /query: expected one of/],
    ['?native=', /query: expected one of/],
    [`?native=${'x'.repeat(1001)}`, /query: expected one of/],
    ['?native=a&limit=0', /limit: expected a whole number from 1 to 200/],
    ['?native=a&limit=many', /limit: expected/],
    ['?native=a&cursor=nonsense', /cursor: expected what an earlier page/],
    [`?native=a&cursor=${Buffer.from('["x",{"at":"y"}]').toString('base64url')}`, /cursor: expected/],
  ])('not by %s', async (query, said) => {
    const answer = await ask(`/acme/messages${query}`);
    expect(answer.status).toBe(400);
    expect(answer.detail).toMatch(said);
  });
});

describe('deliveries that did not get through', () => {
  it('are listed, looked into and sent again; what they say stays out', async () => {
    world.networkFails('permanent', 'the number is not in service');
    await anna.says('A lost secret');
    const [lost] = (await ask('/acme/deliveries?status=failed')).deliveries;
    expect(lost).toMatchObject({
      leg: 'line',
      kind: 'send',
      status: 'failed',
      attempts: 1,
      failure: { reason: 'the number is not in service' },
    });
    const { text } = await ask(`/acme/deliveries/${lost?.id ?? ''}`);
    expect(JSON.parse(text)).toMatchObject({
      address: { id: '+15550001' },
      line: 'front',
      attemptsFailed: [{ number: 1, kind: 'permanent', at: '2026-01-15T12:00:00.000Z' }],
    });
    expect(text).not.toContain('secret');

    expect((await ask(`/globex/deliveries/${lost?.id ?? ''}`)).status).toBe(404);
    expect((await ask(`/globex/deliveries/${lost?.id ?? ''}/retry`, 'POST')).status).toBe(404);
    expect(cora.saw()).not.toContain('Anna: A lost secret');

    expect((await ask(`/acme/deliveries/${lost?.id ?? ''}/retry`, 'POST')).status).toBe(204);
    await world.delivery.idle();
    expect(cora.saw().at(-1)).toBe('Anna: A lost secret');
    expect((await ask('/acme/deliveries?status=failed')).deliveries).toEqual([]);
    expect((await ask(`/acme/deliveries/${lost?.id ?? ''}/retry`, 'POST')).status).toBe(409);
  });

  it('can be dropped, once', async () => {
    world.networkFails('permanent', 'the number is not in service');
    await anna.says('Lost');
    const [lost] = (await ask('/acme/deliveries?status=failed')).deliveries;
    const path = `/acme/deliveries/${lost?.id ?? ''}`;
    expect((await ask(`/globex/deliveries/${lost?.id ?? ''}`, 'DELETE')).status).toBe(404);
    expect((await ask(path, 'DELETE')).status).toBe(204);
    expect((await ask(path, 'DELETE')).status).toBe(409);
    expect((await ask('/acme/deliveries?status=failed')).deliveries).toEqual([]);
    expect((await ask(path)).text).toContain('"droppedAt"');
  });

  it('need a status that there is', async () => {
    expect(await ask('/acme/deliveries')).toMatchObject({ status: 400 });
    expect(await ask('/acme/deliveries?status=sent')).toMatchObject({
      status: 400,
      detail: 'status: expected one of failed, unclear, pending.',
    });
    expect((await ask('/acme/deliveries/nothing')).status).toBe(404);
  });
});
