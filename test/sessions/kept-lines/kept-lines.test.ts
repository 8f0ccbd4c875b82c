import { createHmac } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ensurePostgres } from '../../../dev/postgres/ensure-postgres.ts';
import { startPostgres, type RunningPostgres } from '../../../dev/postgres/start-postgres.ts';
import type { ChannelReply } from '../../../src/channels/channel.ts';
import { lineRules } from '../../../src/config/line-rules.ts';
import type { Accept } from '../../../src/delivery/accept.ts';
import { createDeclaredDirectory, type Directory } from '../../../src/directory/directory.ts';
import { keptLines as lineRecords } from '../../../src/directory/kept-line.ts';
import { keptParts, partId } from '../../../src/directory/kept/kept-part.ts';
import { sharedTenant, sharedTenantId } from '../../../src/directory/shared-tenant.ts';
import { as, type LineId, type QueueId, type TenantId } from '../../../src/platform/ids.ts';
import { silentLogger } from '../../../src/platform/log.ts';
import { KeyRing } from '../../../src/secrets/key-ring.ts';
import { keysInUse, rotateSecrets } from '../../../src/secrets/rotation.ts';
import { sealedRecords } from '../../../src/secrets/sealed-records.ts';
import { SecretBox } from '../../../src/secrets/secret-box.ts';
import { makeSecretKey, readSecretKey, type SecretKey } from '../../../src/secrets/secret-key.ts';
import type { ConversationEvent } from '../../../src/sessions/conversation-event.ts';
import { KeptLines } from '../../../src/sessions/kept-lines/kept-lines.ts';
import { createLineDesk, type LineDesk } from '../../../src/sessions/kept-lines/line-desk.ts';
import { endOfLine } from '../../../src/sessions/kept-lines/line-end.ts';
import { LineEndings } from '../../../src/sessions/kept-lines/line-endings.ts';
import { sealedLines } from '../../../src/sessions/kept-lines/sealed-lines.ts';
import { fronts, type FrontRecord } from '../../../src/sessions/front/front-record.ts';
import { Lines } from '../../../src/sessions/lines.ts';
import { sessions, type SessionRecord } from '../../../src/sessions/session.ts';
import { put, remove, StoreUnavailable, type Store } from '../../../src/store/store.ts';
import { manualClock, type ManualClock } from '../../fixtures/manual-clock.ts';
import { createSignalHub } from '../../replicas/signal-hub.ts';
import { dumpedDatabase } from '../../store/dumped-database.ts';
import { openShared } from '../../store/postgres-place.ts';
import { tenantOf } from '../world.ts';

const acme = as<TenantId>('acme');
const globex = as<TenantId>('globex');
const line = as<LineId>('programs');
const number = as<LineId>('number');
const [first, second] = ['a planted secret, the first', 'a planted secret, the second'];
const programs = await ensurePostgres();

interface Replica {
  readonly desk: LineDesk;
  readonly directory: Directory;
  readonly lines: Lines;
  readonly clock: ManualClock;
  readonly store: Store;
  readonly opened: string[];
  stop(): Promise<void>;
}

describe.skipIf('unavailable' in programs)('lines by REST, in replicas on one PostgreSQL', () => {
  let server: RunningPostgres;
  let place: string;
  let isLost: boolean;
  /** Nothing comes of a change. */
  let isDown: boolean;
  /** What conversations were told. */
  let told: ConversationEvent[];
  let keys: SecretKey[];
  let ring: KeyRing;
  let signals: ReturnType<typeof createSignalHub>;
  const replicas: Replica[] = [];
  /** What Globex shares. */
  let sharing: [LineId, { readonly queue: QueueId }][];
  beforeAll(async () => {
    if (!('unavailable' in programs)) server = await startPostgres(programs);
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    place = await server.createDatabase();
    isLost = false;
    isDown = false;
    told = [];
    sharing = [[number, { queue: as<QueueId>('support') }]];
    keys = [newKey('old')];
    ring = new KeyRing({ read: () => ({ first: keys[0], all: [...keys] }), cure: 'a key must be given' });
    signals = createSignalHub(() => isLost);
  });
  afterEach(async () => {
    for (const replica of replicas.splice(0)) await replica.stop();
    await server.dropDatabase(place);
  });

  async function start(): Promise<Replica> {
    const store = await openShared(place);
    const clock = manualClock();
    const directory = createDeclaredDirectory([
      sharedTenant(new Map(), { ledgerMs: 86_400_000 }),
      { ...tenantOf({}), lines: new Map() },
      { ...tenantOf({}), id: globex, lines: new Map(), sharedLines: new Map(sharing) },
    ]);
    const mine = signals();
    const opened: string[] = [];
    const lines = new Lines({
      directory,
      store,
      clock,
      logger: silentLogger,
      publicUrl: 'http://switchboard.test',
      media: () => ({ open: refuse, signedLink: refuse, fetch: refuse }),
      files: () => ({ write: refuse, open: async () => undefined, remove: async () => undefined }),
      accept: async () => undefined,
      typing: () => undefined,
      stateChanged: (tenant, { id }, { state }) => opened.push(`${tenant}/${id} ${state}`),
      removed: (tenant, { id }) => opened.push(`${tenant}/${id} removed`),
    });
    const box = new SecretBox(ring);
    const parts = { directory, store, box, rules: lineRules, clock, logger: silentLogger };
    const accept: Accept<ConversationEvent> = async (_tenant, entries) => {
      told.push(...entries.map(({ event }) => event));
      return { accepted: entries.length, duplicates: 0 };
    };
    const endings = new LineEndings({ ...parts, accept });
    const kept = new KeptLines({
      ...parts,
      endings,
      signals: mine,
      async changed(tenant, id) {
        if (isDown) throw new StoreUnavailable('a test');
        await lines.change(tenant, id);
      },
    });
    await kept.load();
    await lines.open();
    kept.watch();
    const desk = createLineDesk({ ...parts, kept, lines, endings, publicUrl: 'http://switchboard.test' });
    const replica = {
      desk,
      directory,
      lines,
      clock,
      store,
      opened,
      async stop() {
        await kept.stop();
        await lines.close();
        await mine.close();
        await store.close();
      },
    };
    replicas.push(replica);
    return replica;
  }

  /** What the line answers to somebody who signs with this secret; undefined where it has no connection. */
  async function answer({ lines }: Replica, secret: string): Promise<number | undefined> {
    const path = `/channels/loopback/acme/${line}/messages?address=x`;
    const signature = createHmac('sha256', secret).update(`GET\n${path}\n`).digest('hex');
    const reply: ChannelReply | undefined = await lines.connection(acme, line)?.receive?.({
      method: 'GET',
      path: '/messages',
      query: 'address=x',
      headers: { 'x-loopback-signature': signature },
      body: Buffer.alloc(0),
      remoteAddress: '127.0.0.1',
      signal: new AbortController().signal,
    });
    return reply?.status;
  }

  it('are opened, replaced and closed in all of them, each line by itself', async () => {
    const [a, b] = [await start(), await start()];
    await a.desk.put(acme, as('other'), given('another secret of the test'), {});
    await a.desk.put(acme, line, given(first), {});
    expect(await answer(a, first)).toBe(200);
    await vi.waitFor(async () => expect(await answer(b, first)).toBe(200));
    await vi.waitFor(() => expect(b.lines.all()).toHaveLength(2));
    const other = b.lines.connection(acme, as('other'));

    await b.desk.put(acme, line, given(second, { graceSeconds: 60 }), {});
    for (const one of [a, b]) {
      await vi.waitFor(async () => expect(await answer(one, second)).toBe(200));
      expect(await answer(one, first)).toBe(200);
      one.clock.advance(60_000);
      expect(await answer(one, first)).toBe(403);
      expect(await answer(one, second)).toBe(200);
    }
    expect(b.lines.connection(acme, as('other'))).toBe(other);

    await a.desk.remove(acme, line, {});
    expect(a.lines.connection(acme, line)).toBeUndefined();
    await vi.waitFor(() => expect(b.lines.connection(acme, line)).toBeUndefined());
    await vi.waitFor(() => expect(b.opened.at(-1)).toBe('acme/programs removed'));
    expect(await b.desk.get(acme, line)).toBeUndefined();
  });

  it('end their sessions when they go; what a crash left over is ended by the next start, or by another replica', async () => {
    const a = await start();
    const open = async (id: string, on: LineId) => {
      const legs = [{ role: 'customer', line: on }];
      const record = { id, conversation: id, state: 'active', openedAt: a.clock.now(), legs };
      await a.store.commit(acme, [put(sessions, id, record as unknown as SessionRecord, 'absent')]);
      return { type: 'queue', news: { what: 'line-gone', session: id } };
    };
    await a.desk.put(acme, line, given(first), {});
    const one = await open('one', line);
    expect(told).toEqual([]);
    await a.desk.remove(acme, line, {});
    await vi.waitFor(() => expect(told).toEqual([one]));

    const [two, three] = [await open('two', as('other')), await open('three', as('third'))];
    await a.store.commit(acme, [endOfLine(as('other'), a.clock.now())]);
    await later(a, 60_000, () => expect(told).toContainEqual(two));
    await a.store.commit(acme, [endOfLine(as('third'), a.clock.now())]);
    await start();
    await vi.waitFor(() => expect(told).toContainEqual(three));
  });

  it('are found by looking where nobody was told, and by one that starts later', async () => {
    const [a, b] = [await start(), await start()];
    isLost = true;
    await a.desk.put(acme, line, given(first), {});
    await new Promise(setImmediate);
    expect(await answer(b, first)).toBeUndefined();
    await later(b, 2_000, async () => expect(await answer(b, first)).toBe(200));
    expect(await answer(await start(), first)).toBe(200);
    await a.desk.remove(acme, line, {});
    await a.desk.put(acme, line, given(second), {});
    await later(b, 2_000, async () => expect(await answer(b, second)).toBe(200));
    expect(await answer(b, first)).toBe(403);
  });

  it('are opened and closed later where that failed', async () => {
    const a = await start();
    isDown = true;
    await expect(a.desk.put(acme, line, given(first), {})).rejects.toBeInstanceOf(StoreUnavailable);
    expect(await answer(a, first)).toBeUndefined();
    isDown = false;
    await later(a, 60_000, async () => expect(await answer(a, first)).toBe(200));
    isDown = true;
    await expect(a.desk.remove(acme, line, {})).rejects.toBeInstanceOf(StoreUnavailable);
    expect(a.lines.connection(acme, line)).toBeDefined();
    isDown = false;
    await later(a, 60_000, () => expect(a.lines.connection(acme, line)).toBeUndefined());
  });

  it('keep a secret that is not told again, but not for another server', async () => {
    const a = await start();
    const sms = (authToken: string, more: object = {}) => ({
      ...{ channel: 'sms', queue: 'support' },
      parameters: { accountSid: `AC${'0'.repeat(32)}`, authToken, from: '+15551234567', ...more },
    });
    const put = async (input: object) => a.desk.put(acme, line, input, {});
    const elsewhere = { apiBaseUrl: 'https://elsewhere.example' };
    await put(sms(first));
    await put(sms('[set]', { mms: true }));
    await expect(put(sms('[set]', elsewhere))).rejects.toMatchObject({
      problems: [{ path: 'parameters.authToken', expected: 'the secret itself' }],
    });
    await put(sms(second, elsewhere));
    await put(sms('[set]', { ...elsewhere, mms: true }));
    expect(a.directory.tenant(acme)?.lines.get(line)?.parameters).toMatchObject({ authToken: second });
  });

  it('stay while an agent is reached on them, and go when none is', async () => {
    const a = await start();
    await a.desk.put(acme, line, given(first), {});
    const agent = { kind: 'agents', name: 'ben', body: { endpoints: [{ line, address: 'ben' }] } };
    const part = { ...agent, createdAt: 1, changedAt: 1, tag: 'x' };
    await a.store.commit(acme, [put(keptParts, partId(agent), part, 'absent')]);
    await expect(a.desk.remove(acme, line, {})).rejects.toMatchObject({
      outcome: 'in use',
      because: 'an endpoint of agent ben',
    });
    await a.store.commit(acme, [remove(keptParts, partId(agent), 'any')]);
    await a.desk.remove(acme, line, {});
    expect(await a.desk.get(acme, line)).toBeUndefined();
  });

  it('forget the secrets before the last change when their time is over', async () => {
    const a = await start();
    await a.desk.put(acme, line, given(first), {});
    await a.desk.put(acme, line, given(second, { graceSeconds: 30 }), {});
    const before = await a.desk.get(acme, line);
    expect((await a.store.get(acme, lineRecords, line))?.value.previous).toBeDefined();
    const connection = a.lines.connection(acme, line);
    a.clock.advance(60_000);
    await vi.waitFor(async () => {
      a.clock.advance(2_000);
      expect((await a.store.get(acme, lineRecords, line))?.value.previous).toBeUndefined();
    });
    expect((await a.desk.get(acme, line))?.tag).toBe(before?.tag);
    expect(a.lines.connection(acme, line)).toBe(connection);
  });

  it('lie in the database without their secrets, and open nowhere but where they belong', async () => {
    const a = await start();
    await a.desk.put(acme, line, given(first), {});
    await a.desk.put(acme, line, given(second), {});
    await a.desk.put(globex, line, given('a planted secret of globex'), {});
    const dump = await dumpedDatabase(server, place);
    expect(dump).toContain('sealed:1:old:');
    for (const secret of [first, second, 'a planted secret of globex'])
      for (const form of [secret, Buffer.from(secret).toString('hex')]) expect(dump).not.toContain(form);

    const [mine, theirs] = [await read(a.store, acme), await read(a.store, globex)];
    const mixed = { ...mine, tag: 'other', sealed: theirs.sealed };
    await a.store.commit(acme, [put(lineRecords, line, mixed, 'any')]);
    await a.store.commit(globex, [
      put(lineRecords, line, { ...theirs, tag: 'other', sealed: mine.sealed }, 'any'),
    ]);
    const restarted = await start();
    for (const tenant of [acme, globex]) {
      const view = await restarted.desk.get(tenant, line);
      expect(view?.state).toMatchObject({
        state: 'unusable',
        reason: expect.stringContaining('moved') as string,
      });
      expect(view?.parameters).toBeUndefined();
      expect(restarted.lines.connection(tenant, line)).toBeUndefined();
    }
    // Nor does the former of a line pass for its current one.
    await a.store.commit(acme, [put(lineRecords, line, { ...mine, sealed: mine.previous!.sealed }, 'any')]);
    expect((await (await start()).desk.get(acme, line))?.state.state).toBe('unusable');
  });

  it('are sealed anew with a new key while they work; then the old one may go', async () => {
    const [a, b] = [await start(), await start()];
    await a.desk.put(acme, line, given(first), {});
    await a.desk.put(acme, line, given(second), {});
    await a.desk.put(globex, line, given(second), {});
    await vi.waitFor(() => expect(b.lines.all()).toHaveLength(2));
    const before = b.lines.connection(acme, line);
    keys = [newKey('new'), ...keys];
    const box = new SecretBox(ring);
    const done = await rotateSecrets(ring, box, [sealedRecords(a.store, box, sealedLines)]);
    expect(done).toEqual({
      sealedAnew: 2,
      unreadable: 0,
      keys: [
        { id: 'new', use: 'encrypts', texts: 3 },
        { id: 'old', use: 'decrypts', texts: 0 },
      ],
    });
    b.clock.advance(60_000);
    expect(b.lines.connection(acme, line)).toBe(before);
    keys = keys.slice(0, 1);
    ring.reload();
    const restarted = await start();
    expect(await answer(restarted, second)).toBe(200);
    expect(await answer(restarted, first)).toBe(200);
    keys = [newKey('newest')];
    const lost = await rotateSecrets(ring, box, [sealedRecords(a.store, box, sealedLines)]);
    expect(lost).toMatchObject({ sealedAnew: 0, unreadable: 2 });
    expect(await keysInUse(ring, [sealedRecords(a.store, box, sealedLines)])).toContainEqual({
      id: 'new',
      use: 'missing',
      texts: 3,
    });
  });

  it('that tenants share are theirs in every replica, say what customers are asked, and go when nobody has them', async () => {
    const [a, b] = [await start(), await start()];
    const texts = { askWhom: 'Wem schreiben Sie?' };
    const sendLimits = { perDay: 7 };
    const textsIn = { de: { yes: 'Ja' } };
    const shared = { channel: 'loopback', parameters: { secret: first }, texts, textsIn, sendLimits };
    const { view } = await a.desk.put(sharedTenantId, number, shared, {});
    expect(view).toMatchObject({
      name: 'Customer service',
      texts,
      textsIn,
      sendLimits,
      sharedBy: ['globex'],
    });
    for (const { directory, lines } of [a, b]) {
      await vi.waitFor(() =>
        expect(directory.tenant(globex)?.lines.get(number)).toMatchObject({
          isShared: true,
          queue: 'support',
          frontTexts: texts,
          frontTextsIn: textsIn,
          sendLimits,
        }),
      );
      expect(directory.tenant(acme)?.lines.has(number)).toBe(false);
      await vi.waitFor(() => expect(lines.connection(globex, number)).toBeDefined());
    }
    expect(await a.desk.list(globex)).toEqual([]);
    await expect(a.desk.put(globex, number, given(first), {})).rejects.toMatchObject({
      problems: [{ path: 'line' }],
    });
    await expect(a.desk.put(sharedTenantId, number, given(first), {})).rejects.toMatchObject({
      problems: [{ path: 'queue', found: 'a setting that does not exist' }],
    });
    await expect(a.desk.remove(sharedTenantId, number, {})).rejects.toMatchObject({
      outcome: 'in use',
      because: 'shared by globex',
    });
    sharing = [];
    const later = await start();
    const parked = { line: number, parkedAt: 1 } as unknown as FrontRecord;
    await later.store.commit(sharedTenantId, [put(fronts, 'somebody', parked, 'absent')]);
    await expect(later.desk.remove(sharedTenantId, number, {})).rejects.toMatchObject({
      because: expect.stringContaining('parked') as string,
    });
    await later.store.commit(sharedTenantId, [remove(fronts, 'somebody', 'any')]);
    await later.desk.remove(sharedTenantId, number, {});
    expect(await later.desk.list(sharedTenantId)).toEqual([]);
    expect(later.lines.connection(sharedTenantId, number)).toBeUndefined();
  });

  it('are not taken without a key that all replicas have, and the cure is told', async () => {
    keys = [];
    ring.reload();
    const a = await start();
    await expect(a.desk.put(acme, line, given(first), {})).rejects.toThrow('a key must be given');
    expect(await a.desk.list(acme)).toEqual([]);
  });

  it('changed by two at once: each change is whole, and one who asks for what it was is refused', async () => {
    const [a, b] = [await start(), await start()];
    const { view } = await a.desk.put(acme, line, given(first), {});
    const condition = { ifMatch: view.tag! };
    const asked = await Promise.allSettled(
      [a, b, a, b].map(async ({ desk }, at) =>
        desk.put(acme, line, given(`${second} ${String(at)}`), condition),
      ),
    );
    expect(asked.map(({ status }) => status).sort()).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'rejected',
    ]);
  });
});

/** Time passes until it is so: a replica that is at work just now sets its next timer after that. */
async function later({ clock }: Replica, stepMs: number, isSo: () => unknown): Promise<void> {
  await vi.waitFor(async () => {
    clock.advance(stepMs);
    await isSo();
  });
}

function newKey(id: string): SecretKey {
  return readSecretKey(id, makeSecretKey())!;
}

function given(secret: string, more: object = {}): object {
  return { channel: 'loopback', queue: 'support', parameters: { secret }, ...more };
}

async function read(store: Store, tenant: TenantId) {
  const found = await store.get(tenant, lineRecords, line);
  return found!.value;
}

function refuse(): never {
  throw new Error('not used here');
}
