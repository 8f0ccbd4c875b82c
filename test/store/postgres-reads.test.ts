import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensurePostgres } from '../../dev/postgres/ensure-postgres.ts';
import { startPostgres, type RunningPostgres } from '../../dev/postgres/start-postgres.ts';
import type { TenantId } from '../../src/platform/ids.ts';
import { findManyRecordsText } from '../../src/store/postgres/statements/find-many-records.ts';
import { findRecordsText } from '../../src/store/postgres/statements/find-records.ts';
import { getRecordText } from '../../src/store/postgres/statements/get-record.ts';
import { getRecordsText } from '../../src/store/postgres/statements/get-records.ts';
import { useIndexPlans } from '../../src/store/postgres/statements/use-index-plans.ts';
import { defineCollection, put, type Store } from '../../src/store/store.ts';
import { openShared } from './postgres-place.ts';

interface Note {
  readonly owner: string;
  readonly number: number;
}
const notes = defineCollection<Note>('notes', { byNumber: ['number'] });
const others = defineCollection<Note>('others');
const acme = 'acme' as TenantId;
const bolt = 'bolt' as TenantId;
const count = 1000;
const programs = await ensurePostgres();

describe.skipIf('unavailable' in programs)('reads from PostgreSQL', () => {
  let server: RunningPostgres;
  let place: string;
  let store: Store;
  beforeAll(async () => {
    if ('unavailable' in programs) return;
    server = await startPostgres(programs);
    place = await server.createDatabase();
    store = await openShared(place);
    for (const owner of [acme, bolt])
      await store.commit(owner, [
        ...Array.from({ length: count }, (_, number) =>
          put(notes, `n${number}`, { owner, number }, 'absent'),
        ),
        put(others, 'n1', { owner: `other of ${owner}`, number: 0 }, 'absent'),
        put(others, `only-${owner}`, { owner, number: 0 }, 'absent'),
      ]);
    await store.find(acme, notes, { index: 'byNumber', equals: [], limit: 1 });
  });
  afterAll(async () => {
    await (store as Store | undefined)?.close();
    await (server as RunningPostgres | undefined)?.stop();
  });

  it('of many at once, of several tenants and collections, each get what they asked for', async () => {
    const asked = Array.from({ length: 2 * count }, (_, at) => {
      const tenant = at % 2 === 0 ? acme : bolt;
      const id = `n${at % (count + 10)}`;
      const wanted = at % (count + 10) < count ? { owner: tenant, number: at % (count + 10) } : undefined;
      return { tenant, id, wanted };
    });
    const found = await Promise.all(asked.map(async ({ tenant, id }) => store.get(tenant, notes, id)));
    expect(found.map((one) => one?.value)).toEqual(asked.map(({ wanted }) => wanted));
    const mixed = await Promise.all([
      store.get(acme, others, 'n1'),
      store.get(acme, notes, 'n1'),
      store.get(acme, notes, 'n1'),
      store.get(bolt, others, 'only-acme'),
      store.get(acme, others, 'only-acme'),
    ]);
    const owners = mixed.map((one) => one?.value.owner);
    expect(owners).toEqual(['other of acme', acme, acme, undefined, acme]);
    expect(mixed[1]).not.toBe(mixed[2]);
  });

  it('find many at once, each in its own order and no more than it asked for', async () => {
    const found = await Promise.all(
      Array.from({ length: 300 }, async (_, at) => {
        const from = at % count;
        const asked = { index: 'byNumber', equals: [], from, to: from + 5, limit: 1 + (at % 4) };
        const results = await store.find(at % 2 === 0 ? acme : bolt, notes, {
          ...asked,
          descending: at % 3 === 0,
        });
        return results.map(({ value }) => value);
      }),
    );
    const wanted = found.map((_, at) => {
      const from = at % count;
      const numbers = [0, 1, 2, 3, 4, 5].map((more) => from + more).filter((number) => number < count);
      const ordered = at % 3 === 0 ? numbers.toReversed() : numbers;
      return ordered.slice(0, 1 + (at % 4)).map((number) => ({ owner: at % 2 === 0 ? acme : bolt, number }));
    });
    expect(found).toEqual(wanted);
  });

  it('see what was committed before they were asked for', async () => {
    await Promise.all(
      Array.from({ length: 200 }, async (_, at) => {
        await store.commit(acme, [put(others, `c${at}`, { owner: acme, number: at }, 'absent')]);
        expect((await store.get(acme, others, `c${at}`))?.value.number).toBe(at);
      }),
    );
  });

  const statements = [
    ['a get', getRecordText, [acme, 'notes', 'n7'], [acme, 'others', 'only-bolt'], 'records_pkey'],
    [
      'gets together',
      getRecordsText,
      [acme, ['notes', 'notes'], ['n7', 'n8']],
      [acme, ['others'], ['only-bolt']],
      'records_pkey',
    ],
    [
      'a find',
      findRecordsText(1, true),
      [acme, 'notes', '\\x00', '\\xff', 2],
      [acme, 'nothing', '\\x00', '\\xff', 2],
      'records_key1',
    ],
    [
      'finds together',
      findManyRecordsText(1, true),
      [acme, ['notes', 'nothing'], ['\\x00', '\\x00'], ['\\xff', '\\xff'], [2, 1]],
      [acme, ['nothing'], ['\\x00'], ['\\xff'], [2]],
      'records_key1',
    ],
  ] as const;

  async function onConnection<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({ connectionString: place });
    await client.connect();
    try {
      await useIndexPlans(client);
      return await work(client);
    } finally {
      await client.end();
    }
  }

  it.each(statements)(
    '%s: its own tenant by the index, whatever the plan',
    async (_, text, values, __, index) => {
      for (const mode of ['force_custom_plan', 'force_generic_plan'])
        await onConnection(async (client) => {
          await client.query(`SET plan_cache_mode = ${mode}`);
          const { rows } = await client.query<{ document: string }>({ text, values: [...values] });
          expect(rows.length).toBeGreaterThan(0);
          for (const { document } of rows) expect(JSON.parse(document)).toMatchObject({ owner: acme });
          const explained = await client.query<Record<string, string>>({
            text: `EXPLAIN ${text}`,
            values: [...values],
          });
          const plan = explained.rows.map((row) => row['QUERY PLAN']).join('\n');
          expect(plan).toContain(`Index Scan${index === 'records_key1' ? ' Backward' : ''} using ${index}`);
          expect(plan).toMatch(/Index Cond: \(\(tenant = .*collection = /);
        });
    },
  );

  it.each(statements)(
    '%s: nothing of another tenant, even if it forgot its own',
    async (_, text, values, foreign) => {
      const forgetful = text.replace('tenant = fence.tenant AND ', '');
      expect(forgetful).not.toBe(text);
      await onConnection(async (client) => {
        // Somebody else was here before, on the same connection.
        await client.query({ text, values: [bolt, ...values.slice(1)] });
        for (const asked of [values, foreign]) {
          const { rows } = await client.query<{ document: string }>({ text: forgetful, values: [...asked] });
          for (const { document } of rows) expect(JSON.parse(document)).toMatchObject({ owner: acme });
        }
        const { rows } = await client.query({ text: forgetful, values: [...foreign] });
        expect(rows).toEqual([]);
        const left = await client.query(`SELECT current_setting('switchboard.tenant', true) AS tenant`);
        expect(left.rows).toEqual([{ tenant: '' }]);
      });
    },
  );
});
