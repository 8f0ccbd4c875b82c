import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ensurePostgres } from '../../../dev/postgres/ensure-postgres.ts';
import { startPostgres, type RunningPostgres } from '../../../dev/postgres/start-postgres.ts';
import { directoryHeads, headId, keptParts, partId } from '../../../src/directory/kept/kept-part.ts';
import { as, type QueueId, type ServiceId, type TenantId } from '../../../src/platform/ids.ts';
import { keysInUse, rotateSecrets } from '../../../src/secrets/rotation.ts';
import { sealedRecords } from '../../../src/secrets/sealed-records.ts';
import { SecretBox } from '../../../src/secrets/secret-box.ts';
import { sealedParts } from '../../../src/sessions/kept-directory/sealed-parts.ts';
import { put, type Store } from '../../../src/store/store.ts';
import { createSignalHub } from '../../replicas/signal-hub.ts';
import { dumpedDatabase } from '../../store/dumped-database.ts';
import { openShared } from '../../store/postgres-place.ts';
import { newKey, newKeys, openReplica, type Replica } from './directory-replica.ts';

const acme = as<TenantId>('acme');
const globex = as<TenantId>('globex');
const programs = await ensurePostgres();

const signing = `whsec_${Buffer.from('a planted secret that signs').toString('base64').replaceAll('=', '')}`;
const twilio = 'planted-token-as-twilio-has-it';
const choosing = 'a planted secret that chooses';
const sentAlong = 'Bearer planted-and-sent-along';
const planted = [signing, twilio, choosing, sentAlong];

const people = {
  homeserver: 'main',
  agents: { anna: { user: '@anna:example.org', name: 'Anna' } },
  queues: { support: { name: 'Support', agents: ['anna'] } },
};
const lookUp = (url = 'https://crm.example/customers', value = sentAlong) => ({
  kind: 'dialog',
  steps: [
    { name: 'hello', do: 'say', text: '[set]' },
    { name: 'who', do: 'lookUp', url, headers: { authorization: value }, keep: { tier: 'tier' } },
  ],
});
const ivr = { url: 'https://ivr.example/start', secret: signing, twilioAuthToken: twilio };
const chosen = (secret = choosing) => ({
  name: 'Chosen',
  order: 'external',
  chooser: { url: 'https://chooser.example/', secret, fallback: 'round-robin' },
});
const inFile = {
  acme: { name: 'Acme', ...people },
  globex: {
    name: 'Globex',
    ...people,
    applications: { ivr },
    queues: { ...people.queues, chosen: { ...chosen(), agents: ['anna'] } },
    services: { welcome: lookUp() },
  },
};

let server: RunningPostgres;
beforeAll(async () => {
  if (!('unavailable' in programs)) server = await startPostgres(programs);
});
afterAll(async () => {
  if (!('unavailable' in programs)) await server.stop();
});

describe('secrets of parts that come by REST', () => {
  let place: string;
  let signals: ReturnType<typeof createSignalHub>;
  let keys: ReturnType<typeof newKeys>;
  const stops: (() => Promise<void>)[] = [];
  beforeEach(async ({ skip }) => {
    if ('unavailable' in programs) skip();
    place = await server.createDatabase();
    signals = createSignalHub();
    keys = newKeys('first');
  });
  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
    await server.dropDatabase(place);
  });

  async function start(file: Readonly<Record<string, object>> = inFile): Promise<Replica> {
    const store = await openShared(place);
    const replica = await openReplica({
      store,
      file,
      box: new SecretBox(keys.ring),
      signals: signals(),
    });
    stops.push(
      async () => store.close(),
      async () => replica.stop(),
    );
    return replica;
  }
  const add = async ({ desk }: Replica, kind: string, name: string, input: object, tenant = acme) =>
    desk.put(tenant, { kind, name }, () => input, {});
  const addAll = async (replica: Replica): Promise<void> => {
    await add(replica, 'applications', 'ivr', ivr);
    await add(replica, 'queues', 'chosen', chosen());
    await add(replica, 'services', 'welcome', lookUp());
  };
  const used = ({ directory }: Replica, tenant = acme) => {
    const now = directory.tenant(tenant);
    const service = now?.services?.get(as<ServiceId>('welcome'));
    const step = service?.kind === 'dialog' ? service.steps[1] : undefined;
    return {
      application: now?.applications?.get('ivr'),
      chooser: now?.queues.get(as<QueueId>('chosen'))?.policy.chooser,
      headers: step?.do === 'lookUp' ? step.headers : undefined,
      problem: service?.problem,
    };
  };
  const inUse = {
    application: { secrets: [signing], twilioAuthToken: twilio },
    chooser: { secret: choosing },
    headers: { authorization: sentAlong },
  };

  it('are used, here, in other replicas and after a restart, and never shown', async () => {
    const [a, b] = [await start(), await start()];
    await addAll(a);
    expect(used(a)).toMatchObject(inUse);
    await vi.waitFor(() => expect(used(b)).toMatchObject(inUse));
    const later = await start();
    expect(used(later)).toMatchObject(inUse);
    for (const tenant of [acme, globex])
      for (const [kind, name] of [
        ['applications', 'ivr'],
        ['queues', 'chosen'],
        ['services', 'welcome'],
      ] as const) {
        const views = [await later.desk.get(tenant, kind, name), ...(await later.desk.list(tenant, kind))!];
        const shown = JSON.stringify(views);
        expect(shown).toContain('"[set]"');
        for (const secret of planted) expect(shown).not.toContain(secret);
      }
    expect((await later.desk.get(acme, 'services', 'welcome'))?.body).toMatchObject({
      steps: [{ text: '[set]' }, { headers: { authorization: '[set]' } }],
    });
  });

  it('lie in the database encrypted, and open nowhere but where they belong', async () => {
    const a = await start({ acme: inFile.acme, globex: { name: 'Globex', ...people } });
    await addAll(a);
    await add(a, 'applications', 'ivr', { ...ivr, twilioAuthToken: 'planted-token-of-globex' }, globex);
    const dump = await dumpedDatabase(server, place);
    expect(dump).toContain('sealed:1:first:');
    for (const secret of [...planted, 'planted-token-of-globex'])
      for (const form of [secret, Buffer.from(secret).toString('hex')]) expect(dump).not.toContain(form);

    const id = partId({ kind: 'applications', name: 'ivr' });
    const [mine, theirs] = [await read(a.store, acme, id), await read(a.store, globex, id)];
    await a.store.commit(acme, [
      put(keptParts, id, { ...mine, sealed: theirs.sealed! }, 'any'),
      put(directoryHeads, headId, { change: 'other' }, 'any'),
    ]);
    const restarted = await start();
    expect(used(restarted).application).toBeUndefined();
    expect((await restarted.desk.get(acme, 'applications', 'ivr'))?.problem).toContain('moved');
  });

  it('stay as they are where `[set]` is given back, for the same server only', async () => {
    const a = await start();
    await addAll(a);
    const change = async (kind: string, name: string, to: (body: never) => object) =>
      a.desk.put(acme, { kind, name }, (before) => to(before!.body as never), {});
    await change('applications', 'ivr', (body: object) => ({ ...body, timeoutSeconds: 9 }));
    await change('queues', 'chosen', (body: object) => ({ ...body, maxSize: 9 }));
    await change('services', 'welcome', ({ steps: [first, second], ...body }: { steps: object[] }) => ({
      ...body,
      steps: [
        { name: 'before', do: 'pause', seconds: 1 },
        first,
        { ...second, url: 'https://crm.example/v2' },
      ],
    }));
    expect(used(a)).toMatchObject({
      application: { ...inUse.application, timeoutMs: 9000 },
      chooser: inUse.chooser,
    });
    const service = a.directory.tenant(acme)?.services?.get(as<ServiceId>('welcome'));
    expect(service).toMatchObject({ steps: [{}, { text: '[set]' }, { headers: inUse.headers }] });

    for (const [kind, name, to, path] of [
      ['applications', 'ivr', { ...ivr, url: 'https://other.example/', secret: '[set]' }, 'secret'],
      ['services', 'welcome', lookUp('https://other.example/', '[set]'), 'steps.1.headers.authorization'],
      ['services', 'fresh', lookUp('https://crm.example/', '[set]'), 'steps.1.headers.authorization'],
      ['queues', 'fresh', chosen('[set]'), 'chooser.secret'],
    ] as const)
      await expect(add(a, kind, name, to)).rejects.toMatchObject({
        problems: [
          { path, found: expect.stringContaining('[set]') as string, expected: 'the secret itself' },
        ],
      });
    expect(used(a)).toMatchObject({ application: inUse.application, chooser: inUse.chooser });
  });

  it('of another form are refused without being told', async () => {
    const a = await start();
    const refused = async (kind: string, input: object) =>
      add(a, kind, 'x', input).then(
        () => 'taken',
        (error: unknown) => JSON.stringify((error as { problems: unknown }).problems),
      );
    for (const [kind, input] of [
      ['applications', { url: 'https://ivr.example/', secret: 'planted-wrong' }],
      ['queues', chosen('planted-wrong')],
      ['services', lookUp('https://crm.example/', `planted-wrong${'x'.repeat(2000)}`)],
    ] as const) {
      const said = await refused(kind, input);
      expect(said).toContain('a secret of another form');
      expect(said).not.toContain('planted-wrong');
    }
  });

  it('are sealed anew with a new key while they are used', async () => {
    const a = await start();
    await addAll(a);
    keys.change((now) => [newKey('second'), ...now]);
    const box = new SecretBox(keys.ring);
    const kinds = [sealedRecords(a.store, box, sealedParts)];
    expect(await rotateSecrets(keys.ring, box, kinds)).toEqual({
      sealedAnew: 3,
      unreadable: 0,
      keys: [
        { id: 'second', use: 'encrypts', texts: 3 },
        { id: 'first', use: 'decrypts', texts: 0 },
      ],
    });
    keys.change((now) => now.slice(0, 1));
    expect(used(await start())).toMatchObject(inUse);
    expect(await keysInUse(keys.ring, kinds)).toEqual([{ id: 'second', use: 'encrypts', texts: 3 }]);
  });

  it('whose key is missing cost no session: the queue, the service and the agents are there; and they come back', async () => {
    const a = await start();
    await addAll(a);
    await add(a, 'services', 'front', { kind: 'application', application: 'ivr' });
    const [first] = [keys.ring.find('first')!];
    keys.change(() => [newKey('other')]);
    const restarted = await start();
    const tenant = restarted.directory.tenant(acme);
    expect(tenant?.queues.get(as<QueueId>('chosen'))?.policy).toMatchObject({ order: 'round-robin' });
    expect(used(restarted)).toMatchObject({
      application: undefined,
      chooser: undefined,
      problem: expect.stringContaining('the key first') as string,
    });
    expect(tenant?.services?.has(as<ServiceId>('front'))).toBe(true);
    expect((await restarted.desk.get(acme, 'queues', 'chosen'))?.problem).toContain('the key first');
    await add(restarted, 'agents', 'ben', { user: '@ben:example.org', name: 'Ben' });
    await expect(add(restarted, 'applications', 'ivr', { ...ivr, secret: '[set]' })).rejects.toMatchObject({
      problems: [{ path: 'secret' }],
    });
    keys.change((now) => [...now, first]);
    await vi.waitFor(() => {
      restarted.clock.advance(61_000);
      expect(used(restarted)).toMatchObject(inUse);
    });
    expect(used(restarted).problem).toBeUndefined();
  });

  it('are not taken without a key that all replicas have, and the cure is told', async () => {
    keys.change(() => []);
    const a = await start();
    await expect(add(a, 'applications', 'ivr', ivr)).rejects.toThrow('a key must be given');
    await add(a, 'applications', 'plain', { url: 'https://ivr.example/' });
    expect((await a.desk.list(acme, 'applications'))?.map(({ name }) => name)).toEqual(['plain']);
  });

  it('only what the config file declares may be where the operator trusts servers', async () => {
    const a = await start();
    await addAll(a);
    const ofFile = (tenant: TenantId) => {
      const { application, chooser } = used(a, tenant);
      const service = a.directory.tenant(tenant)?.services?.get(as<ServiceId>('welcome'));
      return [application?.ofFile, chooser?.ofFile, service?.ofFile];
    };
    expect(ofFile(globex)).toEqual([true, true, true]);
    expect(ofFile(acme)).toEqual([undefined, undefined, undefined]);
  });

  it('an application that others name stays, and who names it is told; one of the config file is changed there', async () => {
    const a = await start();
    await addAll(a);
    await add(a, 'services', 'front', { kind: 'application', application: 'ivr' });
    const steps = [{ name: 'on', do: 'route', waitApplication: 'ivr', action: 'ivr' }];
    await add(a, 'services', 'steps', { kind: 'dialog', steps });
    const drop = a.desk.remove(acme, { kind: 'applications', name: 'ivr' }, {});
    await expect(drop).rejects.toMatchObject({
      outcome: 'in use',
      because:
        'named by services/front (application), services/steps (steps.0.waitApplication), services/steps (steps.0.action)',
    });
    await expect(
      add(a, 'services', 'none', {
        kind: 'dialog',
        steps: [{ name: 'on', do: 'request', application: 'none' }],
      }),
    ).rejects.toMatchObject({ problems: [{ path: 'steps.0.application', found: 'none' }] });
    for (const change of [
      add(a, 'applications', 'ivr', ivr, globex),
      a.desk.remove(globex, { kind: 'applications', name: 'ivr' }, {}),
    ])
      await expect(change).rejects.toMatchObject({ outcome: 'declared in the config file' });
    for (const name of ['front', 'steps']) await a.desk.remove(acme, { kind: 'services', name }, {});
    await a.desk.remove(acme, { kind: 'applications', name: 'ivr' }, {});
    expect(used(a).application).toBeUndefined();
  });

  it('applications that an earlier version kept with the tenant are there still', async () => {
    const a = await start();
    const bolt = as<TenantId>('bolt');
    await add(a, 'tenants', 'bolt', { name: 'Bolt', homeserver: 'main' }, bolt);
    const id = partId({ kind: 'tenants', name: 'bolt' });
    const stored = await read(a.store, bolt, id);
    const former = { url: 'https://former.example/', method: 'POST' };
    await a.store.commit(bolt, [
      put(keptParts, id, { ...stored, body: { ...stored.body, applications: { former } } }, 'any'),
      put(directoryHeads, headId, { change: 'other' }, 'any'),
    ]);
    const later = await start();
    expect(later.directory.tenant(bolt)?.applications?.get('former')?.url).toBe(former.url);
    await add(later, 'applications', 'former', { url: 'https://now.example/' }, bolt);
    expect(later.directory.tenant(bolt)?.applications?.get('former')?.url).toBe('https://now.example/');
  });
});

async function read(store: Store, tenant: TenantId, id: string) {
  return (await store.get(tenant, keptParts, id))!.value;
}
