import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ensurePostgres } from '../../../dev/postgres/ensure-postgres.ts';
import { startPostgres, type RunningPostgres } from '../../../dev/postgres/start-postgres.ts';
import { keptLines, type KeptLine } from '../../../src/directory/kept-line.ts';
import { directoryHeads, headId, keptParts, partId } from '../../../src/directory/kept/kept-part.ts';
import { contactOf, conversations, type ConversationRecord } from '../../../src/directory/contact.ts';
import type { Tenant } from '../../../src/directory/tenant.ts';
import { as, type AgentId, type LineId, type QueueId, type TenantId } from '../../../src/platform/ids.ts';
import { silentLogger } from '../../../src/platform/log.ts';
import { queueEntries, type QueueEntry } from '../../../src/queues/queue-entry.ts';
import { orRefusePart } from '../../../src/api/part-answers.ts';
import type { Refusal } from '../../../src/api/refusal.ts';
import { endpointAt } from '../../../src/sessions/endpoints/endpoint.ts';
import { openStates, sessions, type SessionRecord } from '../../../src/sessions/session.ts';
import { openNedbStore } from '../../../src/store/nedb/open-nedb-store.ts';
import type { Signals } from '../../../src/store/signals.ts';
import { put, remove, StoreUnavailable, type Store } from '../../../src/store/store.ts';
import { capturedLogger } from '../../fixtures/captured-logger.ts';
import { declaredBy } from '../../fixtures/directory-rules.ts';
import { manualClock } from '../../fixtures/manual-clock.ts';
import { createSignalHub } from '../../replicas/signal-hub.ts';
import { openShared } from '../../store/postgres-place.ts';
import { newKeys, openReplica, type Replica } from './directory-replica.ts';

const acme = as<TenantId>('acme');
const globex = as<TenantId>('globex');
const programs = await ensurePostgres();

const declared = {
  acme: {
    name: 'Acme',
    homeserver: 'main',
    identifiers: ['help@acme.example'],
    agents: { anna: { user: '@anna:example.org', name: 'Anna', teams: ['first'] } },
    queues: { support: { name: 'Support', agents: ['anna'] } },
    lines: {
      front: { channel: 'loopback', queue: 'support', parameters: { secret: 'a secret of the test' } },
    },
  },
};
const ben = {
  user: '@ben:example.org',
  name: 'Ben',
  teams: ['second'],
  skills: { french: 4 },
  media: ['text', 'image'],
};

interface Engine {
  readonly name: string;
  readonly isMissing: boolean;
  begin(): Promise<{
    open(): Promise<Store>;
    signals: (() => Signals & { close(): Promise<void> }) | undefined;
    end(): Promise<void>;
  }>;
}

let server: RunningPostgres;
let isLost = false;
const engines: readonly Engine[] = [
  {
    name: 'the embedded store',
    isMissing: false,
    async begin() {
      const directory = mkdtempSync(join(tmpdir(), 'switchboard-directory-'));
      const store = await openNedbStore({
        directory,
        fsync: false,
        clock: manualClock(),
        logger: silentLogger,
      });
      return {
        open: async () => store,
        signals: undefined,
        async end() {
          await store.close();
          rmSync(directory, { recursive: true });
        },
      };
    },
  },
  {
    name: 'one PostgreSQL, in replicas',
    isMissing: 'unavailable' in programs,
    async begin() {
      const place = await server.createDatabase();
      const opened: Store[] = [];
      return {
        async open() {
          const store = await openShared(place);
          opened.push(store);
          return store;
        },
        signals: createSignalHub(() => isLost),
        async end() {
          for (const store of opened) await store.close();
          await server.dropDatabase(place);
        },
      };
    },
  },
];

beforeAll(async () => {
  if (!('unavailable' in programs)) server = await startPostgres(programs);
});
afterAll(async () => {
  if (!('unavailable' in programs)) await server.stop();
});

describe.each(engines)('the directory by REST, on $name', (engine) => {
  let place: Awaited<ReturnType<Engine['begin']>>;
  const stops: (() => Promise<void>)[] = [];
  const keys = newKeys('only');
  beforeEach(async ({ skip }) => {
    if (engine.isMissing) skip();
    isLost = false;
    place = await engine.begin();
  });
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
    await place.end();
  });

  async function start(
    file: Readonly<Record<string, object>> = declared,
    more: Partial<Parameters<typeof openReplica>[0]> = {},
  ): Promise<Replica> {
    const store = await place.open();
    const replica = await openReplica({ store, file, signals: place.signals?.(), box: keys.box, ...more });
    stops.push(async () => replica.stop());
    return replica;
  }
  const add = async ({ desk }: Replica, kind: string, name: string, input: object, tenant = acme) =>
    desk.put(tenant, { kind, name }, () => input, {});
  const drop = async ({ desk }: Replica, kind: string, name: string, tenant = acme) =>
    desk.remove(tenant, { kind, name }, {});

  /** As another version of ours may have left it in the store. */
  const spoil = async (
    { store }: Replica,
    tenant: TenantId,
    kind: string,
    name: string,
    change: object,
  ): Promise<void> => {
    const id = partId({ kind, name });
    const { value } = (await store.get(tenant, keptParts, id))!;
    await store.commit(tenant, [
      put(keptParts, id, { ...value, body: { ...value.body, ...change } }, 'any'),
      put(directoryHeads, headId, { change: `spoilt ${kind} ${name}` }, 'any'),
    ]);
  };

  it('an installation is run without the config file naming anything but the homeserver', async () => {
    const a = await start({});
    await add(a, 'tenants', 'globex', { name: 'Globex', homeserver: 'main' }, globex);
    await add(a, 'agents', 'ben', ben, globex);
    await add(
      a,
      'queues',
      'sales',
      { name: 'Sales', teams: ['second'], maxSize: 7, thresholds: { size: { at: 5 } } },
      globex,
    );
    await add(a, 'services', 'billing', { kind: 'direct', name: 'Billing', queue: 'sales' }, globex);
    await add(a, 'texts', 'de', { greeting: 'Guten Tag' }, globex);
    const tenant = a.directory.tenant(globex);
    expect(tenant?.agents.get(as<AgentId>('ben'))).toMatchObject({
      user: '@ben:example.org',
      skills: { french: 4 },
      media: ['text', 'image'],
      capacity: 4,
    });
    const queue = tenant?.queues.get(as<QueueId>('sales'));
    expect(queue).toMatchObject({ name: 'Sales', maxSize: 7, policy: { members: ['ben'] } });
    expect(queue?.thresholds).toEqual({ size: { at: 5, backAt: 4 } });
    expect(tenant?.textsIn).toEqual({ de: { greeting: 'Guten Tag' } });
    expect(a.directory.resolve('GLOBEX')).toMatchObject({ outcome: 'hit', tenant: 'globex' });
    const later = await start({});
    expect(later.directory.tenant(globex)).toEqual(tenant);
    expect((await later.desk.tenants()).map(({ name, source }) => [name, source])).toEqual([
      ['globex', 'rest'],
    ]);
  });

  it('stands beside what the file declares, which stays as it is', async () => {
    const a = await start();
    await add(a, 'agents', 'ben', { ...ben, teams: ['first'] });
    expect((await a.desk.list(acme, 'agents'))?.map(({ name, source }) => [name, source])).toEqual([
      ['anna', 'file'],
      ['ben', 'rest'],
    ]);
    expect([...(a.directory.tenant(acme)?.lines.keys() ?? [])]).toEqual(['front']);
    for (const [kind, name] of [
      ['agents', 'anna'],
      ['queues', 'support'],
      ['tenants', 'acme'],
    ] as const) {
      await expect(add(a, kind, name, {})).rejects.toMatchObject({ outcome: 'declared in the config file' });
      await expect(drop(a, kind, name)).rejects.toMatchObject({ outcome: 'declared in the config file' });
    }
    const moved = await start({
      acme: {
        ...declared.acme,
        agents: { ...declared.acme.agents, ben: { user: '@other:example.org', name: 'Other' } },
      },
    });
    expect(moved.directory.tenant(acme)?.agents.get(as<AgentId>('ben'))?.user).toBe('@other:example.org');
    expect((await moved.desk.get(acme, 'agents', 'ben'))?.source).toBe('file');
  });

  it('each fault is named with its place, what was found and what was expected', async () => {
    const a = await start();
    const faults = async (kind: string, name: string, input: unknown) =>
      a.desk
        .put(acme, { kind, name }, () => input, {})
        .then(
          () => 'taken',
          (error: unknown) =>
            (error as { problems?: readonly { path: string; found: string; expected: string }[] }).problems ??
            error,
        );
    expect(
      await faults('queues', 'q', {
        name: 'Q',
        agents: ['nobody'],
        rings: [{ afterSeconds: 5, agents: ['none'] }],
      }),
    ).toEqual([
      {
        part: 'queues/q',
        path: 'agents.0',
        found: '"nobody"',
        expected: 'an agent of the tenant that is declared: anna',
      },
      {
        part: 'queues/q',
        path: 'rings.0.agents.0',
        found: '"none"',
        expected: 'an agent of the tenant that is declared: anna',
      },
    ]);
    expect(await faults('agents', 'x', { user: 'nobody', name: 'X', capacity: 0, what: 1 })).toMatchObject([
      { path: 'user', found: '"nobody"' },
      { path: 'capacity', found: '0' },
      { path: 'what', expected: expect.stringContaining('one that does') as string },
    ]);
    expect(await faults('agents', 'x', { ...ben, media: ['text', 'fax'] })).toMatchObject([
      { path: 'media.1', found: '"fax"' },
    ]);
    expect(await faults('agents', 'Not A Name', ben)).toMatchObject([{ path: 'id' }]);
    expect(await faults('agents', 'anna-two', { user: '@anna:example.org', name: 'Anna' })).toMatchObject([
      { path: 'user' },
    ]);
    expect(await faults('services', 's', { kind: 'direct', name: 'S', queue: 'none' })).toMatchObject([
      { path: 'queue', found: '"none"' },
    ]);
    const application = (name: string): object => ({ kind: 'application', name: 'S', application: name });
    expect(await faults('services', 's', application('ivr'))).toEqual([
      {
        part: 'services/s',
        path: 'application',
        found: 'ivr',
        expected: 'an application of the tenant (there is none)',
      },
    ]);
    const steps = [{ name: 'end', do: 'route', waitApplication: 'music', action: 'after' }];
    expect(await faults('services', 's', { kind: 'dialog', name: 'S', steps })).toMatchObject([
      { path: 'steps.0.waitApplication', found: 'music' },
      { path: 'steps.0.action', found: 'after' },
    ]);
    const branch = [
      { name: 'b', do: 'branch', cases: [{ when: 'netwrk == "sms"', to: 'e' }] },
      { name: 'e', do: 'end' },
    ];
    expect(await faults('services', 's', { kind: 'dialog', name: 'S', steps: branch })).toMatchObject([
      { path: 'steps.0.cases.0.when', found: 'column 1: Unknown variable: netwrk' },
    ]);
    expect(await faults('queues', 'q', { name: 'Q', calendar: 'office' })).toMatchObject([
      { path: 'calendar', found: '"office"', expected: 'a calendar of the tenant (there is none)' },
    ]);
    expect(await faults('agents', 'x', { ...ben, schedule: 'office' })).toMatchObject([
      { path: 'schedule', found: '"office"' },
    ]);
    expect(await faults('texts', 'German', {})).toMatchObject([{ path: 'id' }]);
    expect(await faults('tenants', 'acme', [])).toMatchObject({ outcome: 'declared in the config file' });
    await expect(
      a.desk.put(globex, { kind: 'tenants', name: 'globex' }, () => ({ name: 'G', homeserver: 'other' }), {}),
    ).rejects.toMatchObject({ problems: [{ path: 'homeserver', found: '"other"' }] });
    expect((await a.desk.list(acme, 'queues'))?.map(({ name }) => name)).toEqual(['support']);
    expect(a.directory.tenant(globex)).toBeUndefined();
  });

  it('what others name stays, and who names it is told', async () => {
    const a = await start();
    await add(a, 'agents', 'ben', ben);
    await add(a, 'queues', 'sales', { name: 'Sales', agents: ['ben'], teams: ['second'] });
    await add(a, 'services', 'billing', { kind: 'direct', name: 'Billing', queue: 'sales' });
    await expect(drop(a, 'agents', 'ben')).rejects.toMatchObject({
      outcome: 'in use',
      because: 'named by queues/sales (agents.0), queues/sales (teams.0)',
    });
    await expect(drop(a, 'queues', 'sales')).rejects.toMatchObject({
      because: 'named by services/billing (queue)',
    });
    await expect(add(a, 'agents', 'ben', { ...ben, teams: [] })).rejects.toMatchObject({ outcome: 'in use' });
    await add(a, 'calendars', 'office', { timeZone: 'Europe/Berlin', week: { monday: ['09:00-17:00'] } });
    await add(a, 'queues', 'late', { name: 'Late', calendar: 'office' });
    await expect(drop(a, 'calendars', 'office')).rejects.toMatchObject({
      because: 'named by queues/late (calendar)',
    });
    await drop(a, 'queues', 'late');
    await drop(a, 'calendars', 'office');
    await drop(a, 'services', 'billing');
    await drop(a, 'queues', 'sales');
    await drop(a, 'agents', 'ben');
    expect(a.directory.tenant(acme)?.agents.has(as<AgentId>('ben'))).toBe(false);
    expect(a.events).toEqual([{ type: 'route' }, { type: 'left', agent: 'ben', isRemoved: true }]);
  });

  it('an account stands for one agent of a tenant only, and may answer for another tenant too', async () => {
    const a = await start();
    await add(a, 'tenants', 'globex', { name: 'Globex', homeserver: 'main' }, globex);
    const mobile = '@mobile:example.org';
    await add(a, 'agents', 'ben', { ...ben, endpoints: [mobile] });
    expect(a.directory.tenant(acme)?.agents.get(as<AgentId>('ben'))?.endpoints).toEqual([mobile]);
    const refused = async (tenant: TenantId, input: object) =>
      orRefusePart('agent', async () => add(a, 'agents', 'cleo', { name: 'Cleo', ...input }, tenant)).then(
        () => 'taken',
        (error: unknown) => (error as Refusal).problem,
      );
    const cleo = '@cleo:example.org';
    expect(await refused(acme, { user: cleo, endpoints: ['@c:example.org', mobile] })).toMatchObject({
      status: 409,
      errors: [{ path: 'endpoints.1', found: `${mobile}, which is ben's` }],
    });
    expect(await refused(globex, { user: cleo, endpoints: [mobile] })).toBe('taken');
  });

  it('accounts that an agent has no longer lose what is theirs; the agent goes with the first', async () => {
    const a = await start();
    const accounts = (user: string, ...endpoints: readonly string[]) => ({ ...ben, user, endpoints });
    const [first, second, third] = ['@a:example.org', '@b:example.org', '@c:example.org'] as const;
    await add(a, 'agents', 'ben', accounts(first, second, third));
    await add(a, 'agents', 'ben', accounts(first, third));
    await add(a, 'agents', 'ben', accounts(third, first));
    await add(a, 'agents', 'ben', accounts(first));
    expect(a.events).toEqual([
      { type: 'route' },
      { type: 'accounts', agent: 'ben', gone: [second] },
      { type: 'left', agent: 'ben', isRemoved: false },
    ]);
  });

  it('an address on a line stands for one agent only, and ends what was open with a customer there', async () => {
    const a = await start();
    const at = (address: string, line = 'front') => ({ line, address });
    const conversation = {
      contact: contactOf(acme, as('front'), { id: as('ben-1') }),
      openSession: 'a session',
    } as unknown as ConversationRecord;
    await a.store.commit(acme, [put(conversations, 'a conversation', conversation, 'absent')]);
    await add(a, 'agents', 'ben', { ...ben, endpoints: ['@b:example.org', at('ben-1'), at('ben-2')] });
    expect(a.directory.tenant(acme)?.agents.get(as<AgentId>('ben'))).toMatchObject({
      endpoints: ['@b:example.org'],
      addresses: [at('ben-1'), at('ben-2')],
    });
    await add(a, 'agents', 'ben', { ...ben, endpoints: ['@b:example.org', at('ben-2')] });
    const gone = endpointAt(
      declaredBy({
        acme: {
          ...declared.acme,
          agents: { ben: { ...ben, endpoints: [at('ben-1')] } },
          queues: {
            support: { name: 'Support', agents: ['ben'] },
          },
        },
      }).tenants[0] as never,
      as('front'),
      as('ben-1'),
    )?.key;
    expect(a.events).toEqual([
      { type: 'route' },
      { type: 'queue', news: { what: 'endpoint', session: 'a session' } },
      { type: 'accounts', agent: 'ben', gone: [], endpoints: [gone] },
    ]);
    const refused = async (...endpoints: readonly object[]) =>
      orRefusePart('agent', async () =>
        add(a, 'agents', 'cleo', { name: 'Cleo', user: '@cleo:example.org', endpoints }),
      ).then(
        () => 'taken',
        (error: unknown) => (error as Refusal).problem,
      );
    expect(await refused(at('ben-2'))).toMatchObject({
      status: 409,
      errors: [{ path: 'endpoints.0.address', found: "an address that is ben's" }],
    });
    expect(await refused(at('cleo', 'number'))).toMatchObject({
      status: 422,
      errors: [{ path: 'endpoints.0.line', found: '"number"' }],
    });
    expect(await refused(at('ben-1'))).toBe('taken');
  });

  it('a queue in which somebody waits stays', async () => {
    const a = await start();
    await add(a, 'queues', 'sales', { name: 'Sales' });
    const entry = {
      queue: 'sales',
      state: 'waiting',
      rank: 1,
      since: 1,
      enteredAt: 1,
      priority: 0,
    } as unknown as QueueEntry;
    await a.store.commit(acme, [put(queueEntries, 'session', entry, 'absent')]);
    await expect(drop(a, 'queues', 'sales')).rejects.toMatchObject({
      outcome: 'in use',
      because: expect.stringContaining('a session waits in it') as string,
    });
  });

  it('whoever could not be told of a change is told of it later', async () => {
    const told: string[] = [];
    const agentsOf = (tenant: Tenant | undefined): string => [...(tenant?.agents.keys() ?? [])].join(' ');
    let isDown = true;
    const a = await start(declared, {
      changed: async (_, before, now) => {
        if (isDown) throw new StoreUnavailable('a test');
        told.push(`${agentsOf(before)} -> ${agentsOf(now)}`);
      },
    });
    await expect(add(a, 'agents', 'ben', ben)).rejects.toBeInstanceOf(StoreUnavailable);
    isDown = false;
    await vi.waitFor(() => {
      a.clock.advance(60_000);
      expect(told).toEqual(['anna -> anna ben']);
    });
    await add(a, 'texts', 'de', { greeting: 'Guten Tag' });
    expect(told).toEqual(['anna -> anna ben', 'anna ben -> anna ben']);
  });

  it('a queue or a service that a line of REST names stays', async () => {
    const a = await start();
    await add(a, 'queues', 'sales', { name: 'Sales' });
    await add(a, 'services', 'billing', { kind: 'direct', name: 'Billing', queue: 'support' });
    const line = { channel: 'loopback', queue: 'sales', service: 'billing' } as unknown as KeptLine;
    await a.store.commit(acme, [put(keptLines, 'phone', line, 'absent')]);
    const because = 'named by line phone';
    await expect(drop(a, 'queues', 'sales')).rejects.toMatchObject({ outcome: 'in use', because });
    await expect(drop(a, 'services', 'billing')).rejects.toMatchObject({ outcome: 'in use', because });
  });

  it.each(openStates)('a tenant stays that has a session in state %s', async (state) => {
    const a = await start();
    await add(a, 'tenants', 'globex', { name: 'Globex', homeserver: 'main' }, globex);
    const session = { id: 's', conversation: 'c', state, openedAt: 1, legs: [] } as unknown as SessionRecord;
    await a.store.commit(globex, [put(sessions, 's', session, 'absent')]);
    await expect(drop(a, 'tenants', 'globex', globex)).rejects.toMatchObject({ outcome: 'in use' });
  });

  it('whoever shares a line no longer has no open sessions there', async () => {
    const a = await start();
    await add(a, 'shared-lines', 'number', { queue: 'support' });
    expect(a.directory.tenant(acme)?.sharedLines?.get(as<LineId>('number'))).toEqual({ queue: 'support' });
    await expect(add(a, 'shared-lines', 'none', { queue: 'support' })).rejects.toMatchObject({
      problems: [{ path: 'id', found: '"none"' }],
    });
    const legs = [{ role: 'customer', line: 'number' }];
    const session = {
      id: 's',
      conversation: 'c',
      state: 'active',
      openedAt: 1,
      legs,
    } as unknown as SessionRecord;
    await a.store.commit(acme, [put(sessions, 's', session, 'absent')]);
    await drop(a, 'shared-lines', 'number');
    await a.endings.follow(acme);
    expect(a.events).toEqual([{ type: 'queue', news: { what: 'line-gone', session: 's' } }]);
  });

  it('of two changes at once that do not fit together one is made', async () => {
    const [a, b] = [await start(), await start()];
    await add(a, 'agents', 'ben', ben);
    const asked = await Promise.allSettled([
      drop(a, 'agents', 'ben'),
      add(b, 'queues', 'sales', { name: 'Sales', agents: ['ben'] }),
      drop(b, 'agents', 'ben'),
      add(a, 'queues', 'more', { name: 'More', agents: ['ben'] }),
    ]);
    const { desk } = await start();
    const agents = (await desk.list(acme, 'agents'))?.map(({ name }) => name) ?? [];
    const queues = (await desk.list(acme, 'queues'))?.filter(({ source }) => source === 'rest') ?? [];
    expect(queues.length > 0).toBe(agents.includes('ben'));
    expect(asked.some(({ status }) => status === 'rejected')).toBe(true);
  });

  it('a change asks for what the part was: by tag, by being there, by not being there', async () => {
    const a = await start();
    const { view, isNew } = await add(a, 'agents', 'ben', ben);
    expect(isNew).toBe(true);
    const change = async (condition: object) =>
      a.desk.put(acme, { kind: 'agents', name: 'ben' }, () => ({ ...ben, name: 'Benjamin' }), condition);
    await expect(change({ ifAbsent: true })).rejects.toMatchObject({ outcome: 'other than expected' });
    await expect(change({ ifMatch: 'another' })).rejects.toMatchObject({ outcome: 'other than expected' });
    const { view: next } = await change({ ifMatch: view.tag });
    expect([next.tag === view.tag, next.createdAt === view.createdAt]).toEqual([false, true]);
    await expect(change({ ifMatch: view.tag })).rejects.toMatchObject({ outcome: 'other than expected' });
    await expect(
      a.desk.remove(acme, { kind: 'agents', name: 'ben' }, { ifMatch: view.tag ?? '' }),
    ).rejects.toMatchObject({
      outcome: 'other than expected',
    });
    await expect(a.desk.remove(acme, { kind: 'agents', name: 'none' }, {})).rejects.toMatchObject({
      outcome: 'no such part',
    });
  });

  it('a tenant goes with all that was added to it, but not while it has lines; tenants see nothing of each other', async () => {
    const a = await start();
    await add(a, 'tenants', 'globex', { name: 'Globex', homeserver: 'main' }, globex);
    await add(a, 'agents', 'ben', ben, globex);
    await add(a, 'queues', 'sales', { name: 'Sales', agents: ['ben'] }, globex);
    expect(a.directory.tenant(acme)?.agents.has(as<AgentId>('ben'))).toBe(false);
    expect(await a.desk.get(acme, 'agents', 'ben')).toBeUndefined();
    await expect(drop(a, 'queues', 'sales')).rejects.toMatchObject({ outcome: 'no such part' });
    await expect(
      add(a, 'services', 's', { kind: 'direct', name: 'S', queue: 'sales' }),
    ).rejects.toMatchObject({
      problems: [{ path: 'queue' }],
    });
    await drop(a, 'tenants', 'globex', globex);
    expect(a.directory.tenant(globex)).toBeUndefined();
    expect(await a.desk.list(globex, 'agents')).toBeUndefined();
    await expect(add(a, 'agents', 'ben', ben, globex)).rejects.toMatchObject({ outcome: 'no such part' });
    await add(a, 'tenants', 'globex', { name: 'Globex', homeserver: 'main' }, globex);
    expect(await a.desk.list(globex, 'agents')).toEqual([]);
    await expect(a.desk.list(as('nobody'), 'agents')).resolves.toBeUndefined();
  });

  it('a tenant whose homeserver is no longer declared is not used, and says why; nothing of it is lost', async () => {
    const a = await start();
    await add(a, 'tenants', 'globex', { name: 'Globex', homeserver: 'main' }, globex);
    const { desk, directory, store } = await start();
    const record = await desk.tenant(globex);
    const id = partId({ kind: 'tenants', name: 'globex' });
    const stored = await store.get(globex, keptParts, id);
    await store.commit(globex, [
      put(keptParts, id, { ...stored!.value, body: { ...record!.body, homeserver: 'gone' } }, 'any'),
      put(directoryHeads, headId, { change: 'other' }, 'any'),
    ]);
    const restarted = await start();
    expect(restarted.directory.tenant(globex)).toBeUndefined();
    expect((await restarted.desk.tenant(globex))?.problem).toContain('homeserver gone is not declared');
    expect(directory.tenant(acme)).toBeDefined();
  });

  it('a part that no longer fits is told and shown, stays in the store, and is mended by saying it anew', async () => {
    const a = await start();
    await add(a, 'agents', 'ben', ben);
    await add(a, 'calendars', 'office', { timeZone: 'Europe/Berlin' });
    await add(a, 'queues', 'sales', { name: 'Sales', agents: ['ben'] });
    await spoil(a, acme, 'agents', 'ben', { endpoints: 'a number of a customer' });
    await spoil(a, acme, 'calendars', 'office', { holyDays: [] });
    const logger = capturedLogger();
    const b = await start(declared, { logger });
    const tenant = b.directory.tenant(acme);
    expect([...(tenant?.agents.keys() ?? [])]).toEqual(['anna']);
    expect([...(tenant?.queues.keys() ?? [])].sort()).toEqual(['sales', 'support']);
    const told = logger.lines.filter((line) => line.startsWith('error'));
    expect(told).toEqual([
      expect.stringMatching(/stays in the store.*PUT.*"acme".*"agents\/ben".*endpoints: expected/),
      expect.stringMatching(/"calendars\/office".*holyDays: expected/),
    ]);
    expect(told.join()).not.toContain('a number of a customer');
    expect((await b.desk.tenant(acme))?.problem).toContain('agents/ben, calendars/office');
    const shown = (await b.desk.list(acme, 'agents'))?.find(({ name }) => name === 'ben');
    expect(shown?.body).toMatchObject({ name: 'Ben' });
    expect(shown?.problem).toContain('endpoints: found');
    await add(b, 'agents', 'ben', ben);
    expect(b.directory.tenant(acme)?.agents.has(as<AgentId>('ben'))).toBe(true);
    await drop(b, 'calendars', 'office');
    expect((await b.desk.tenant(acme))?.problem).toBeUndefined();
    expect((await b.desk.get(acme, 'agents', 'ben'))?.problem).toBeUndefined();
  });

  it('a tenant of REST that no longer fits itself is not used, and says what is wrong', async () => {
    const a = await start();
    await add(a, 'tenants', 'globex', { name: 'Globex', homeserver: 'main' }, globex);
    await spoil(a, globex, 'tenants', 'globex', { homeserver: 5 });
    const logger = capturedLogger();
    const b = await start(declared, { logger });
    expect(b.directory.tenant(globex)).toBeUndefined();
    expect((await b.desk.tenant(globex))?.problem).toContain('homeserver: found 5');
    expect(logger.lines.filter((line) => line.startsWith('error'))).toHaveLength(2);
    await add(b, 'tenants', 'globex', { name: 'Globex', homeserver: 'main' }, globex);
    expect(b.directory.tenant(globex)?.name).toBe('Globex');
  });

  it('a tenant of the file stays as the file has it where what was added cannot be used', async () => {
    const a = await start();
    await add(a, 'agents', 'ben', ben);
    const logger = capturedLogger();
    const { rules } = declaredBy(declared);
    const b = await start(declared, {
      logger,
      rules: {
        ...rules,
        tenant(id, parts) {
          if (parts.some(({ name }) => name === 'ben')) throw new Error('a fault of the test');
          return rules.tenant(id, parts);
        },
      },
    });
    const tenant = b.directory.tenant(acme);
    expect([...(tenant?.agents.keys() ?? [])]).toEqual(['anna']);
    expect([...(tenant?.lines.keys() ?? [])]).toEqual(['front']);
    expect(b.directory.resolve('help@acme.example')).toMatchObject({ tenant: 'acme' });
    expect(logger.lines.filter((line) => line.startsWith('error'))).toEqual([
      expect.stringMatching(/"acme".*a fault of the test/),
    ]);
    for (const view of [await b.desk.tenant(acme), await b.desk.get(acme, 'agents', 'ben')])
      expect(view?.problem).toContain('a fault of the test');
    expect((await b.desk.get(acme, 'agents', 'anna'))?.problem).toBeUndefined();
    await drop(b, 'agents', 'ben');
    expect((await b.desk.tenant(acme))?.problem).toBeUndefined();
  });

  it('what hangs on the parts of a tenant that cannot be used keeps them all the same', async () => {
    const a = await start();
    await add(a, 'tenants', 'globex', { name: 'Globex', homeserver: 'main' }, globex);
    await add(a, 'agents', 'ben', ben, globex);
    await add(a, 'queues', 'sales', { name: 'Sales' }, globex);
    await add(a, 'queues', 'late', { name: 'Late', agents: ['ben'] }, globex);
    await add(a, 'services', 'billing', { kind: 'direct', name: 'Billing', queue: 'late' }, globex);
    await spoil(a, globex, 'tenants', 'globex', { homeserver: 'gone' });
    const b = await start();
    expect(b.directory.tenant(globex)).toBeUndefined();
    const waiting = { queue: 'sales', state: 'waiting', rank: 1, since: 1 } as unknown as QueueEntry;
    const line = { channel: 'loopback', queue: 'late', service: 'billing' } as unknown as KeptLine;
    const session = { id: 's', conversation: 'c', state: 'active', openedAt: 1 } as unknown as SessionRecord;
    await b.store.commit(globex, [
      put(queueEntries, 'session', waiting, 'absent'),
      put(keptLines, 'phone', line, 'absent'),
      put(sessions, 's', session, 'absent'),
    ]);
    const because = (words: string) => ({
      outcome: 'in use',
      because: expect.stringContaining(words) as string,
    });
    await expect(drop(b, 'queues', 'sales', globex)).rejects.toMatchObject(because('a session waits in it'));
    await expect(drop(b, 'services', 'billing', globex)).rejects.toMatchObject(because('line phone'));
    await expect(drop(b, 'tenants', 'globex', globex)).rejects.toMatchObject(because('it has lines'));
    await b.store.commit(globex, [remove(keptLines, 'phone', 'any')]);
    await expect(drop(b, 'tenants', 'globex', globex)).rejects.toMatchObject(because('open sessions'));
    await spoil(b, globex, 'tenants', 'globex', { homeserver: 5 });
    await expect(drop(b, 'queues', 'late', globex)).rejects.toMatchObject(because('services/billing'));
    await add(b, 'shared-lines', 'number', { queue: 'late' }, globex);
    await expect(drop(b, 'tenants', 'globex', globex)).rejects.toMatchObject(because('it has lines'));
    await drop(b, 'shared-lines', 'number', globex);
    await drop(b, 'services', 'billing', globex);
    await drop(b, 'queues', 'late', globex);
    await drop(b, 'agents', 'ben', globex);
    expect(b.events).toContainEqual({ type: 'left', agent: 'ben', isRemoved: true });
    await add(b, 'tenants', 'globex', { name: 'Globex', homeserver: 'main' }, globex);
    expect([...(b.directory.tenant(globex)?.queues.keys() ?? [])]).toEqual(['sales']);
  });

  it('the same identifier, however it is written, is added once', async () => {
    const a = await start();
    const { rules } = declaredBy(declared);
    const give = async (input: object) => add(a, 'identifiers', rules.nameOf('identifiers', input), input);
    const first = await give({ identifier: '+49 30 123456' });
    const again = await give({ identifier: '0049 (0)30 12 34 56' });
    expect([first.isNew, again.isNew, again.view.name]).toEqual([true, false, first.view.name]);
    expect(a.directory.resolve('+4930123456')).toMatchObject({ outcome: 'hit', tenant: 'acme' });
    expect(() => rules.nameOf('identifiers', { identifier: 'x@', kind: 'email' })).toThrow(
      'an identifier of its kind',
    );
    await expect(give({ identifier: 'acme.example', service: 'none' })).rejects.toMatchObject({
      problems: [{ path: 'service' }],
    });
    await drop(a, 'identifiers', first.view.name);
    expect(a.directory.resolve('+4930123456').outcome).toBe('unknown');
    expect(a.directory.resolve('HELP@acme.example')).toMatchObject({ tenant: 'acme' });
  });

  it('becomes true in other replicas at once, by looking where the word was lost, and for good', async ({
    skip,
  }) => {
    if (place.signals === undefined) skip('one process has no other replica');
    const [a, b] = [await start(), await start()];
    const hasBen = () => b.directory.tenant(acme)?.agents.has(as<AgentId>('ben'));
    await add(a, 'agents', 'ben', ben);
    await vi.waitFor(() => expect(hasBen()).toBe(true));
    isLost = true;
    await drop(a, 'agents', 'ben');
    await new Promise(setImmediate);
    expect(hasBen()).toBe(true);
    await vi.waitFor(() => {
      b.clock.advance(2_000);
      expect(hasBen()).toBe(false);
    });
  });
});
