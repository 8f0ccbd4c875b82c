import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ensurePostgres } from '../../../dev/postgres/ensure-postgres.ts';
import { startPostgres, type RunningPostgres } from '../../../dev/postgres/start-postgres.ts';
import type { ChannelEvent } from '../../../src/channels/channel.ts';
import { addresses, addressId, conversationOf, conversations } from '../../../src/directory/contact.ts';
import { sharedTenant, sharedTenantId } from '../../../src/directory/shared-tenant.ts';
import type { Tenant } from '../../../src/directory/tenant.ts';
import { as, type LineId, type QueueId, type ServiceId, type TenantId } from '../../../src/platform/ids.ts';
import { heldMessages } from '../../../src/sessions/front/front-record.ts';
import { createParked } from '../../../src/sessions/front/parked.ts';
import { sessions } from '../../../src/sessions/session.ts';
import { defineCollection, put } from '../../../src/store/store.ts';
import { openShared } from '../../store/postgres-place.ts';
import { acme, bolt, openWorld, type World, type WorldOptions } from '../world.ts';

const number = as<LineId>('number');
const billing = as<ServiceId>('billing');
const queueOf = { [acme]: as<QueueId>('support'), [bolt]: as<QueueId>('bolt-support') };

const de = { askWhom: 'Wem schreiben Sie?' };

/** Acme and Bolt share a line; `sharing`: who of them. */
function withShared(sharing: readonly TenantId[] = [acme, bolt]): NonNullable<WorldOptions['tenants']> {
  return (usual) => {
    const line = usual[0]!.lines.values().next().value!;
    const share = (tenant: Tenant): Tenant => ({
      ...tenant,
      identifiers: ['help', { identifier: `billing@${tenant.id}.example`, service: billing }],
      services: new Map([[billing, { kind: 'direct', name: 'Billing', queue: as<QueueId>('billing') }]]),
      queues: new Map([
        ...tenant.queues,
        [as<QueueId>('billing'), { ...[...tenant.queues.values()][0]!, id: as<QueueId>('billing') }],
      ]),
      ...(sharing.includes(tenant.id)
        ? { sharedLines: new Map([[number, { queue: queueOf[tenant.id]! }]]) }
        : {}),
    });
    return [
      sharedTenant(
        new Map([[number, { ...line, id: number, displayName: 'Shared', frontTextsIn: { de } }]]),
        { ledgerMs: 86_400_000 },
      ),
      ...usual.map(share),
    ];
  };
}

const programs = await ensurePostgres();
let server: RunningPostgres;
let place: string | undefined;
let world: World;
beforeAll(async () => {
  if (!('unavailable' in programs)) server = await startPostgres(programs);
});
afterAll(async () => {
  if (!('unavailable' in programs)) await server.stop();
});

async function open(options: WorldOptions = {}): Promise<void> {
  const store = place === undefined ? {} : { store: await openShared(place) };
  world = await openWorld({ tenants: withShared(), ...store, ...options });
}

let counter = 0;
function customer(name: string, to?: string) {
  const from = { id: as<never>(name) };
  const hand = async (event: object): Promise<void> => {
    const whole = {
      id: `s${String((counter += 1))}`,
      from,
      at: world.clock.now(),
      ...event,
    } as unknown as ChannelEvent;
    await world.delivery.accept(sharedTenantId, [
      {
        id: as<never>(`ch:number:${whole.kind}:${whole.id}`),
        key: conversationOf(sharedTenantId, number, from),
        event: { type: 'channel', line: number, event: whole },
      },
    ]);
    await world.delivery.idle();
  };
  return {
    hand,
    front: conversationOf(sharedTenantId, number, from),
    at: (tenant: TenantId) => conversationOf(tenant, number, from),
    says: async (text: string, more: object = {}) =>
      hand({
        kind: 'message',
        message: { content: { kind: 'text', text } },
        ...(to === undefined ? {} : { to }),
        ...more,
      }),
    picks: async (id: string) =>
      hand({ kind: 'message', message: { content: { kind: 'chosen', id, label: id } } }),
    heard: (tenant: TenantId) =>
      world.room(conversationOf(tenant, number, from)).filter((line) => line.startsWith('contact:')),
    saw: () => world.customer(name).saw(),
  };
}

const parked = () =>
  createParked({ store: world.store, directory: world.directory, accept: world.delivery.accept });
const whoIsParked = async (): Promise<string[]> =>
  (await parked().list({ limit: 10 })).found.map(({ id }) => id);

const noted = defineCollection<object>('noted', {});

describe.each([
  { name: 'the embedded store', isMissing: false, isShared: false },
  { name: 'PostgreSQL', isMissing: 'unavailable' in programs, isShared: true },
])('a line that tenants share, on $name', ({ isMissing, isShared }) => {
  beforeEach(async ({ skip }) => {
    if (isMissing) skip();
    place = isShared ? await server.createDatabase() : undefined;
  });
  afterEach(async () => {
    await world.close();
    if (place !== undefined) await server.dropDatabase(place);
  });

  it('all that was said before the tenant was known is shown, once and in order, with what follows', async () => {
    await open();
    const cora = customer('cora');
    const said = Array.from({ length: 30 }, (_, index) => `word ${String(index)}`);
    for (const text of said) await cora.says(text);
    expect(await whoIsParked()).toEqual([cora.front]);
    expect(await parked().count()).toBe(1);
    expect(await parked().assign(cora.front, { tenant: as('nobody') })).toBe('not shared');
    expect(await parked().assign(cora.front, { tenant: acme, service: as('none') })).toBe('not shared');
    expect(await parked().assign('nobody', { tenant: acme })).toBe('not parked');
    const also = [put(noted, 'along', {}, 'any')];
    const both = [
      parked().assign(cora.front, { tenant: acme }, also),
      parked().assign(cora.front, { tenant: acme }, also),
    ];
    expect(await Promise.all(both)).toContain('assigned');
    expect(await world.store.get(sharedTenantId, noted, 'along')).toBeDefined();
    await world.delivery.idle();
    await cora.says('and more', { id: 'again' });
    await cora.says('and more', { id: 'again' });
    expect(cora.heard(acme)).toEqual([...said, 'and more'].map((text) => `contact: ${text}`));
    expect(cora.heard(bolt)).toEqual([]);
    expect(await whoIsParked()).toEqual([]);
  });

  it.each([
    ['the network', { details: { language: 'de-AT' } }],
    ['their app', { app: { language: 'de' } }],
  ])('is asked about in the language that %s told', async (_who, profile) => {
    await open();
    const karl = customer('karl');
    await karl.says('Hallo', { profile });
    await karl.says('Wer ist da?');
    expect(karl.saw()).toEqual(['Shared: Wem schreiben Sie?', 'Shared: Wem schreiben Sie?']);
  });

  it('somebody whose answers say nothing is asked three times, and no more', async () => {
    await open();
    const machine = customer('machine');
    for (let round = 0; round < 10; round += 1) await machine.says('I am out of office');
    expect(machine.saw()).toHaveLength(3);
    expect((await parked().view(machine.front))?.record.held).toBe(10);
    await machine.says('Bolt');
    expect(machine.heard(bolt)).toHaveLength(11);
  });

  it('a menu is answered by number, by name, by button or by the identifier itself', async () => {
    await open();
    for (const [name, answer] of [
      ['one', '2'],
      ['two', 'bolt'],
      ['three', 'BILLING@bolt.example'],
    ] as const) {
      const one = customer(name);
      await one.says('help');
      await one.says(answer);
      expect([name, one.heard(bolt)[0], one.heard(acme)]).toEqual([name, 'contact: help', []]);
    }
    const dan = customer('dan');
    await dan.says('help');
    await dan.picks('bolt');
    expect(dan.heard(bolt)).toEqual(['contact: help']);
    const eli = customer('eli');
    await eli.says('help');
    await eli.picks('none');
    await eli.picks('acme');
    expect(eli.heard(acme)).toEqual([]);
    expect(await whoIsParked()).toEqual([eli.front]);
  });

  it('the name under which they wrote tells, where the network has one; a service leads to its queue', async () => {
    await open();
    const cora = customer('cora', 'billing@acme.example');
    await cora.says('My invoice');
    expect(cora.heard(acme)).toEqual(['contact: My invoice']);
    const record = await world.store.get(acme, conversations, cora.at(acme));
    expect(record?.value.service).toBe(billing);
    const session = await world.store.get(acme, sessions, record!.value.openSession!);
    expect(session?.value.queue).toBe('billing');
  });

  it('STOP counts for whom they write to, and for whom they write to later', async () => {
    await open({ texts: { greeting: 'Welcome' } });
    const cora = customer('cora');
    const consent = async (tenant: TenantId) =>
      (await world.store.get(tenant, addresses, addressId(number, { id: as('cora') })))?.value.consent?.state;
    await cora.hand({ kind: 'consent', consent: 'optedOut', keyword: 'STOP' });
    await cora.says('who are you');
    await cora.says('acme');
    expect([await consent(acme), cora.saw()]).toEqual(['optedOut', []]);
    await cora.says('bolt');
    await cora.picks('bolt');
    expect([await consent(bolt), cora.saw()]).toEqual(['optedOut', []]);
    await cora.hand({ kind: 'consent', consent: 'optedIn', keyword: 'START' });
    expect([await consent(acme), await consent(bolt)]).toEqual(['optedIn', 'optedIn']);
  });

  it('receipts reach the tenant whose message it was', async () => {
    await open();
    const cora = customer('cora');
    await cora.says('acme');
    const anna = world.anna(cora.at(acme));
    await anna.joins();
    await anna.says('Hello Cora');
    expect(cora.saw()).toEqual(['Anna: Hello Cora']);
    await cora.hand({ kind: 'receipt', target: `n-${world.network.lastDelivery}`, status: 'read' });
    expect(world.room(cora.at(acme))).toContain('contact receipt');
  });

  it('whoever goes over ends the session there; what is said to the one the other never sees', async () => {
    await open();
    const cora = customer('cora');
    await cora.says('acme');
    await world.anna(cora.at(acme)).joins();
    await cora.says('bolt');
    expect(cora.heard(acme)).toEqual(['contact: acme']);
    await cora.says('yes, but first: is it there?');
    expect(cora.heard(acme)).toEqual([
      'contact: acme',
      'contact: bolt',
      'contact: yes, but first: is it there?',
    ]);
    await cora.says('Bolt');
    await cora.says('yes');
    await cora.says('only for Bolt');
    expect(cora.heard(acme)).toHaveLength(3);
    expect(cora.heard(bolt)).toEqual(['contact: Bolt', 'contact: only for Bolt']);
    expect((await world.store.get(acme, conversations, cora.at(acme)))?.value.openSession).toBeUndefined();
    await cora.says('acme');
    await cora.says('1');
    await cora.says('back again');
    expect(cora.heard(acme).slice(3)).toEqual(['contact: acme', 'contact: back again']);
    expect(await whoIsParked()).toEqual([]);
  });

  it('what its tenant cannot get any more waits again, and is not lost', async () => {
    await open();
    const cora = customer('cora');
    await cora.says('bolt');
    world.reconfigure({ tenants: withShared([acme]) });
    await cora.says('Are you there?');
    expect(await whoIsParked()).toEqual([cora.front]);
    expect((await parked().view(cora.front))?.messages.map(({ event }) => event.kind)).toEqual(['message']);
    await parked().assign(cora.front, { tenant: acme });
    await world.delivery.idle();
    expect(cora.heard(acme)).toEqual(['contact: Are you there?']);
  });

  it('however much waits, a word of theirs reads none of it, and it goes out in order, behind it what comes meanwhile', async () => {
    await open();
    const cora = customer('cora');
    const said = Array.from({ length: 130 }, (_, index) => `word ${String(index)}`);
    const find = vi.spyOn(world.store, 'find');
    const reads = () => find.mock.calls.filter(([, { name }]) => name === heldMessages.name);
    for (const text of said) await cora.says(text);
    expect(reads()).toHaveLength(0);
    expect((await parked().view(cora.front))?.record.held).toBe(130);
    find.mockClear();
    await parked().assign(cora.front, { tenant: acme });
    const meanwhile = ['and more', 'Bolt', 'no'];
    for (const text of meanwhile) await cora.says(text);
    expect(cora.heard(acme)).toEqual([...said, ...meanwhile.slice(0, 2)].map((text) => `contact: ${text}`));
    expect(Math.max(...reads().map(([, , { limit }]) => limit ?? Infinity))).toBeLessThanOrEqual(50);
    expect(cora.heard(bolt)).toEqual([]);
    expect([
      await whoIsParked(),
      await world.store.find(sharedTenantId, heldMessages, { index: 'byConversation', equals: [cora.front] }),
    ]).toEqual([[], []]);
  });

  it('who has more waiting than goes out at once may write at the same moment: nothing is overtaken', async () => {
    await open();
    const cora = customer('cora');
    const said = Array.from({ length: 120 }, (_, index) => `word ${String(index)}`);
    for (const text of said) await cora.says(text);
    const later = Array.from({ length: 20 }, (_, index) => `later ${String(index)}`);
    await Promise.all([
      parked().assign(cora.front, { tenant: acme }),
      ...later.map(async (text) => cora.says(text)),
    ]);
    await world.delivery.idle();
    expect(cora.heard(acme)).toEqual([...said, ...later].map((text) => `contact: ${text}`));
    expect(await whoIsParked()).toEqual([]);
  });
});
