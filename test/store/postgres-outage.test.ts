import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import pg from 'pg';
import { ensurePostgres } from '../../dev/postgres/ensure-postgres.ts';
import { startPostgres, type RunningPostgres } from '../../dev/postgres/start-postgres.ts';
import type { TenantId } from '../../src/platform/ids.ts';
import { defineCollection, put, StoreUnavailable, type Store } from '../../src/store/store.ts';
import { openShared } from './postgres-place.ts';

const notes = defineCollection<{ number: number }>('notes', { byNumber: ['number'] });
const acme = 'acme' as TenantId;
const bolt = 'bolt' as TenantId;
const programs = await ensurePostgres();

describe.skipIf('unavailable' in programs)('PostgreSQL away', () => {
  let server: RunningPostgres;
  let place: string;
  let store: Store;
  beforeAll(async () => {
    if (!('unavailable' in programs)) server = await startPostgres(programs);
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    place = await server.createDatabase();
    store = await openShared(place, { statementTimeoutMs: 20_000, connectTimeoutMs: 10_000 });
  });
  afterEach(async () => {
    await store.close();
    await server.dropDatabase(place);
  });

  it.each(['fast', 'immediate'] as const)(
    'in the middle (%s): all that was acknowledged is there, the rest was unavailable, and it recovers by itself',
    async (mode) => {
      const acknowledged = new Set<number>();
      const failures: unknown[] = [];
      let next = 0;
      let stopped = false;
      const work = async (): Promise<void> => {
        while (!stopped) {
          const number = (next += 1);
          try {
            await store.commit(acme, [put(notes, `n${number}`, { number }, 'absent')]);
            acknowledged.add(number);
          } catch (error) {
            failures.push(error);
            await new Promise(setImmediate);
          }
        }
      };
      const workers = Array.from({ length: 8 }, work);
      await vi.waitUntil(() => acknowledged.size > 100, { timeout: 60_000, interval: 5 });
      await server.halt(mode);
      await vi.waitUntil(() => failures.length > 0, { timeout: 60_000, interval: 5 });
      await expect(store.get(acme, notes, 'n1')).rejects.toBeInstanceOf(StoreUnavailable);
      await expect(store.tenants()).rejects.toBeInstanceOf(StoreUnavailable);
      await server.resume();
      const before = acknowledged.size;
      await vi.waitUntil(() => acknowledged.size > before + 100, { timeout: 60_000, interval: 5 });
      stopped = true;
      await Promise.all(workers);
      expect(failures.filter((error) => !(error instanceof StoreUnavailable))).toEqual([]);
      const there = new Set<number>();
      for (;;) {
        const from = Math.max(0, ...there) + 1;
        const page = await store.find(acme, notes, { index: 'byNumber', equals: [], from, limit: 1000 });
        if (page.length === 0) break;
        for (const { value } of page) there.add(value.number);
      }
      expect([...acknowledged].filter((number) => !there.has(number))).toEqual([]);
    },
  );

  it('for one connection: what was under way is unavailable, the next call is served', async () => {
    await store.commit(acme, [put(notes, 'n', { number: 1 }, 'absent')]);
    const client = new pg.Client({ connectionString: place });
    await client.connect();
    await client.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    const others = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`;
    await vi.waitUntil(async () => (await client.query(others)).rowCount === 0, { timeout: 20_000 });
    await client.end();
    // The pool may hand out a connection before it has seen that it is broken.
    await store
      .get(acme, notes, 'n')
      .catch((error: unknown) => expect(error).toBeInstanceOf(StoreUnavailable));
    expect((await store.get(acme, notes, 'n'))?.version).toBe(1);
  });

  it('with locks that are not given and statements that take too long: unavailable, and only where it waits', async () => {
    await store.commit(acme, [put(notes, 'n', { number: 1 }, 'absent')]);
    await store.commit(bolt, [put(notes, 'n', { number: 1 }, 'absent')]);
    const client = new pg.Client({ connectionString: place });
    await client.connect();
    await client.query(`BEGIN; SELECT set_config('switchboard.tenant', 'acme', true)`);
    await client.query('SELECT FROM switchboard.records FOR UPDATE');
    const hasty = await openShared(place, { statementTimeoutMs: 2000 });
    const waiting = expect(hasty.commit(acme, [put(notes, 'n', { number: 2 }, 1)])).rejects.toThrow(/55P03/);
    await store.commit(bolt, [put(notes, 'n', { number: 2 }, 1)]);
    await waiting;
    await hasty.close();
    await client.query('ROLLBACK; BEGIN; LOCK TABLE switchboard.records');
    const impatient = await openShared(place, { statementTimeoutMs: 2000 });
    await expect(impatient.get(acme, notes, 'n')).rejects.toBeInstanceOf(StoreUnavailable);
    await impatient.close();
    await client.query('ROLLBACK');
    await client.end();
    await store.commit(acme, [put(notes, 'n', { number: 3 }, 1)]);
    expect((await store.get(acme, notes, 'n'))?.value.number).toBe(3);
  });

  it('at the start: unavailable, not a crash', async () => {
    const nobodyThere = place.replace(`:${server.port}/`, ':1/');
    await expect(openShared(nobodyThere)).rejects.toBeInstanceOf(StoreUnavailable);
  });
});
