import { cp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ensurePostgres } from '../../dev/postgres/ensure-postgres.ts';
import { startPostgres, type RunningPostgres } from '../../dev/postgres/start-postgres.ts';
import type { TenantId } from '../../src/platform/ids.ts';
import { readMigrations } from '../../src/store/postgres/migration-files.ts';
import { Conflict, put, type Store } from '../../src/store/store.ts';
import { runs } from '../fixtures/full-run.ts';
import {
  earlierCount,
  earlierTenants,
  entries,
  entryOf,
  oddText,
  plain,
  versionOf,
} from '../fixtures/schemas/earlier-records.ts';
import { makePlace, openStore } from './nedb-place.ts';
import { openShared } from './postgres-place.ts';

const dumps = join(import.meta.dirname, '../fixtures/schemas');
const acme = 'acme' as TenantId;
const programs = await ensurePostgres();
const migrations = await readMigrations();

/** Everything that was put there by the earlier program, by id and by index, and nothing else. */
async function expectAllThere(store: Store): Promise<void> {
  expect((await store.tenants()).sort()).toEqual(earlierTenants);
  for (const tenant of earlierTenants) {
    const all = Array.from({ length: earlierCount }, (_, number) => number);
    for (const number of all) {
      const found = await store.get(tenant, entries, `e${number}`);
      expect(found?.version).toBe(versionOf(number));
      if (found !== undefined) expect(found.value).toEqual(entryOf(tenant, number));
    }
    for (const owner of ['anna', 'ben']) {
      const query = { index: 'byOwner', equals: [owner], descending: true };
      const found = await store.find(tenant, entries, query);
      const expected = all.filter(
        (number) => versionOf(number) !== undefined && entryOf(tenant, number).owner === owner,
      );
      expect(found.map(({ value }) => value.number)).toEqual(expected.reverse());
    }
    expect((await store.get(tenant, plain, 'odd/id ?'))?.value.nested).toMatchObject({
      big: Number.MAX_SAFE_INTEGER,
      list: [1, 2.5, null, { deep: [true] }],
      text: oddText,
    });
  }
}

/** What the records are for: versions go on from where they were. */
async function expectWritable(store: Store): Promise<void> {
  const found = await store.get(acme, entries, 'e0');
  await store.commit(acme, [put(entries, 'e0', entryOf(acme, 0), found?.version ?? 'absent')]);
  expect((await store.get(acme, entries, 'e0'))?.version).toBe((found?.version ?? 0) + 1);
}

it('files of the embedded store, format 1, are read as they were written', async () => {
  const { place, dispose } = await makePlace();
  await cp(join(dumps, 'nedb-1'), place, { recursive: true });
  const store = await openStore(place);
  await expectAllThere(store);
  await expectWritable(store);
  await store.close();
  await dispose();
});

describe.skipIf('unavailable' in programs)('a database of an earlier schema (R21)', () => {
  let server: RunningPostgres;
  const stores: Store[] = [];
  const places: string[] = [];
  beforeAll(async () => {
    if (!('unavailable' in programs)) server = await startPostgres(programs);
  });
  afterAll(() => server.stop());
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
    await Promise.all(places.splice(0).map((place) => server.dropDatabase(place)));
  });

  async function load(dump: string): Promise<string> {
    const place = await server.createDatabase();
    places.push(place);
    const client = new pg.Client({ connectionString: place });
    await client.connect();
    await client.query(await readFile(join(dumps, dump), 'utf8'));
    await client.end();
    return place;
  }
  async function open(...args: Parameters<typeof openShared>): Promise<Store> {
    const store = await openShared(...args);
    stores.push(store);
    return store;
  }

  it('has a dump for each schema that there was', async () => {
    const there = (await readdir(dumps)).filter((name) => name.endsWith('.sql')).sort();
    expect(there, 'run test/fixtures/schemas/make.ts').toEqual(
      migrations.map(({ name }) => `postgres-${name}`),
    );
  });

  it.each(migrations)(
    '$name: five replicas that start at once bring it up to date once, with all data',
    async ({ name, number }) => {
      const place = await load(`postgres-${name}`);
      const replicas = await Promise.all(Array.from({ length: 5 }, () => open(place)));
      const client = new pg.Client({ connectionString: place });
      await client.connect();
      const { rows } = await client.query(
        'SELECT number FROM switchboard.migrations ORDER BY applied_at, number',
      );
      await client.end();
      expect(rows).toEqual(migrations.map((one) => ({ number: one.number })));
      for (const replica of replicas) await expectAllThere(replica);
      await expectWritable(replicas[number % 5]!);
    },
  );

  it.each(migrations.slice(0, -1))(
    '$name: replicas that do not know what came after go on beside new ones; nothing is lost, doubled or overwritten',
    async ({ name, number }) => {
      const place = await load(`postgres-${name}`);
      const old = await open(place, { migrations: migrations.slice(0, number) });
      let conflicts = 0;
      let added = 0;
      const add = async (store: () => Store): Promise<void> => {
        for (;;) {
          const found = await store().get(acme, entries, 'sum');
          const value = { owner: 'sum', number: (found?.value.number ?? 0) + 1, text: '' };
          try {
            await store().commit(acme, [put(entries, 'sum', value, found?.version ?? 'absent')]);
            return;
          } catch (error) {
            if (!(error instanceof Conflict)) throw error;
            conflicts += 1;
          }
        }
      };
      const each = runs(40, 1000);
      const work = async (store: () => Store): Promise<void> => {
        for (let n = 0; n < each || conflicts === 0; n += 1) {
          await add(store);
          added += 1;
        }
      };
      // What stands for the old one is this program, which commits by what migration 0004 brings.
      const fresh = await open(place);
      await Promise.all([work(() => old), work(() => old), work(() => fresh)]);
      expect(added).toBeGreaterThanOrEqual(3 * each);
      for (const store of [old, fresh]) {
        expect((await store.get(acme, entries, 'sum'))?.value.number).toBe(added);
        const found = await store.find(acme, entries, { index: 'byOwner', equals: ['sum'] });
        expect(found.map(({ version }) => version)).toEqual([added]);
      }
      // Ended, it does not come back: a schema that it does not know may mean what it does not know.
      await expect(open(place, { migrations: migrations.slice(0, number) })).rejects.toThrow(
        `this program knows ${number}: start the version that migrated it, or a later one; nothing was changed`,
      );
    },
  );
});
