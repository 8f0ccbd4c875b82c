import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ensurePostgres } from '../../dev/postgres/ensure-postgres.ts';
import { startPostgres, type RunningPostgres } from '../../dev/postgres/start-postgres.ts';
import { answersKeptMs, keptAnswers } from '../../src/api/idempotency.ts';
import { aging, createSweeper } from '../../src/delivery/sweeper.ts';
import { quarantinedEntries } from '../../src/delivery/collections.ts';
import { as } from '../../src/platform/ids.ts';
import { silentLogger } from '../../src/platform/log.ts';
import type { Store } from '../../src/store/store.ts';
import { createFaultyStore } from '../delivery/faulty-store.ts';
import { createJumpingClock } from '../delivery/jumping-clock.ts';
import { runs } from '../fixtures/full-run.ts';
import { openShared } from '../store/postgres-place.ts';
import {
  acme,
  effectsOn,
  setAside,
  startWriteReplica,
  type Asked,
  type Told,
  type WriteReplica,
} from './write-replica.ts';

const putBack: Asked = { method: 'POST', entry: 'e1', key: 'k' };

async function replicasOn(stores: readonly Store[], clock = createJumpingClock()): Promise<WriteReplica[]> {
  const replicas = await Promise.all(stores.map(async (store) => startWriteReplica(store, clock)));
  onTestFinished(async () => {
    await Promise.all(replicas.map(async (replica) => replica.stop()));
  });
  return replicas;
}

async function world() {
  const store = createFaultyStore();
  const clock = createJumpingClock();
  const [one, two] = await replicasOn([store, store], clock);
  await setAside(store, ['e1', 'e2']);
  return { store, clock, one: one!, two: two! };
}

describe('a write with an Idempotency-Key', () => {
  it('is answered alike when it comes again, at another replica too, and has one effect', async () => {
    const { store, one, two } = await world();
    expect(await one.ask(putBack)).toEqual({ status: 204, body: '', isReplay: false });
    expect(await two.ask(putBack)).toEqual({ status: 204, body: '', isReplay: true });
    expect((await one.ask({ ...putBack, key: 'another' })).status).toBe(404);
    expect((await one.ask({ method: 'POST', entry: 'e1' })).status).toBe(404);
    expect(await effectsOn(store, 'e1')).toBe(1);
  });

  it('that was refused is refused again, though it would pass now', async () => {
    const { store, one, two } = await world();
    const asked: Asked = { ...putBack, entry: 'later' };
    const refused = await one.ask(asked);
    expect(refused.status).toBe(404);
    await setAside(store, ['later']);
    expect(await two.ask(asked)).toEqual({ ...refused, isReplay: true });
    expect(await effectsOn(store, 'later')).toBe(0);
  });

  it('gets 409 under a key of another path, method or body, and has no effect', async () => {
    const { store, one, two } = await world();
    await one.ask({ ...putBack, body: '{"a":1}' });
    for (const other of [putBack, { ...putBack, body: '{"a":2}' }, { ...putBack, entry: 'e2' }])
      expect(await two.ask(other)).toMatchObject({
        status: 409,
        body: expect.stringContaining('another') as unknown,
      });
    expect((await two.ask({ method: 'DELETE', entry: 'e2', key: 'k' })).status).toBe(409);
    expect(await store.get(acme, quarantinedEntries, 'e2')).toBeDefined();
  });

  it('knows nothing of the keys of another tenant', async () => {
    const { store, one } = await world();
    await setAside(store, ['e1'], as('globex'));
    expect((await one.ask(putBack)).isReplay).toBe(false);
    expect(await one.ask(putBack, 'globex')).toEqual({ status: 204, body: '', isReplay: false });
  });

  it('takes keys of 1 to 255 printable characters', async () => {
    const { one } = await world();
    const longest = 'k'.repeat(255);
    expect((await one.ask({ ...putBack, key: longest })).status).toBe(204);
    expect((await one.ask({ ...putBack, key: longest })).isReplay).toBe(true);
    for (const key of ['k'.repeat(256), '', 'ü'])
      expect(await one.ask({ ...putBack, key })).toMatchObject({
        status: 400,
        body: expect.stringContaining('Idempotency-Key: expected 1 to 255') as unknown,
      });
  });

  it('whose answer was lost, and the store with it, took effect once: the next one is told so', async () => {
    const { store, one, two } = await world();
    store.outage = 'after';
    expect((await one.ask(putBack)).status).toBe(503);
    store.outage = 'none';
    expect(await two.ask(putBack)).toEqual({ status: 204, body: '', isReplay: true });
    expect(await effectsOn(store, 'e1')).toBe(1);
  });

  it('that never reached the store is done when it comes again', async () => {
    const { store, one, two } = await world();
    store.outage = 'before';
    expect((await one.ask(putBack)).status).toBe(503);
    store.outage = 'none';
    expect(await two.ask(putBack)).toEqual({ status: 204, body: '', isReplay: false });
  });

  it('is remembered for 24 hours, over restarts, and swept after', async () => {
    const { store, clock, one } = await world();
    await one.ask(putBack);
    clock.advance(answersKeptMs - 1);
    const [again] = await replicasOn([store], clock);
    expect((await again!.ask(putBack)).isReplay).toBe(true);
    clock.advance(1);
    // Its own time is over: as if it had never been, whether it was swept or not.
    expect((await again!.ask(putBack)).status).toBe(404);
    clock.advance(answersKeptMs);
    const sweeper = createSweeper({
      ...{ store, clock, logger: silentLogger, everyMs: 1 },
      retention: () => ({ also: [aging(keptAnswers, 'byAge', answersKeptMs)] }),
    });
    await sweeper.sweep();
    expect(await store.find(acme, keptAnswers, { index: 'byAge', equals: [] })).toEqual([]);
  });

  it('may not send more than 1 MiB, and strangers send nothing', async () => {
    const { one } = await world();
    expect((await one.ask({ ...putBack, body: 'x'.repeat(1_048_577) })).status).toBe(413);
    expect((await one.ask({ ...putBack, body: 'x'.repeat(1_048_576) })).status).toBe(204);
  });
});

const asked = fc.record({
  method: fc.constantFrom('POST' as const, 'DELETE' as const),
  entry: fc.constantFrom('e1', 'e2', 'e3'),
  key: fc.option(fc.constantFrom('k1', 'k2', 'k3'), { nil: undefined, freq: 4 }),
  body: fc.constantFrom('', 'a'),
  replica: fc.nat({ max: 1 }),
});
/** Those of one group come at once, one group after the other. */
const groups = fc.array(fc.array(asked, { minLength: 1, maxLength: 6 }), { maxLength: 5 });

/** Whatever is asked, of whichever replica, at once or not: R23. */
async function holdsAlways(stores: readonly [Store, Store], numRuns: number): Promise<void> {
  const [store] = stores;
  const replicas = await replicasOn(stores);
  let run = 0;
  await fc.assert(
    fc.asyncProperty(groups, async (all) => {
      run += 1;
      const name = (text: string): string => `${text}-${run}`;
      const entries = ['e1', 'e2', 'e3'].map(name);
      await setAside(store, entries);
      const byKey = new Map<string, { request: string; told: Told }[]>();
      const changed = new Map<string, number>();
      for (const group of all) {
        await Promise.all(
          group.map(async ({ replica, key, body, entry, method }) => {
            const one = {
              method,
              entry: name(entry),
              body,
              ...(key === undefined ? {} : { key: name(key) }),
            };
            const told = await replicas[replica]!.ask(one);
            expect([204, 404, 409]).toContain(told.status);
            if (told.status === 204 && !told.isReplay)
              changed.set(one.entry, (changed.get(one.entry) ?? 0) + 1);
            if (one.key === undefined) return;
            const request = `${method} ${entry} ${body}`;
            byKey.set(one.key, [...(byKey.get(one.key) ?? []), { request, told }]);
          }),
        );
      }
      for (const answers of byKey.values()) {
        const taken = answers.filter(({ told }) => told.status !== 409);
        const [first] = taken;
        // One request has the key, and all of its kind one answer, given once for the first time; every other is refused.
        expect(new Set(taken.map(({ request }) => request)).size).toBe(1);
        expect(new Set(taken.map(({ told }) => `${told.status} ${told.body}`)).size).toBe(1);
        for (const { request, told } of answers) expect(told.status === 409).toBe(request !== first?.request);
        const changes = taken.filter(({ told }) => told.status === 204 && !told.isReplay);
        expect(changes.length).toBeLessThanOrEqual(1);
      }
      for (const entry of entries) {
        const isGone = (await store.get(acme, quarantinedEntries, entry)) === undefined;
        expect(changed.get(entry) ?? 0).toBe(isGone ? 1 : 0);
        expect(await effectsOn(store, entry)).toBeLessThanOrEqual(1);
      }
    }),
    { numRuns },
  );
}

describe('writes in any order, at once and repeated, at two replicas (R23)', () => {
  it('on a store in one process', async () => {
    const store = createFaultyStore();
    await holdsAlways([store, store], runs(100, 2000));
  }, 300_000);
});

const programs = await ensurePostgres();
describe.skipIf('unavailable' in programs)('writes at two replicas on PostgreSQL (R23)', () => {
  let server: RunningPostgres;
  beforeAll(async () => {
    if (!('unavailable' in programs)) server = await startPostgres(programs);
  });
  afterAll(() => server.stop());

  it('in any order, at once and repeated', async () => {
    const place = await server.createDatabase();
    const stores = [await openShared(place), await openShared(place)] as const;
    onTestFinished(async () => {
      await Promise.all(stores.map(async (store) => store.close()));
      await server.dropDatabase(place);
    });
    await holdsAlways(stores, runs(40, 500));
  }, 300_000);
});
