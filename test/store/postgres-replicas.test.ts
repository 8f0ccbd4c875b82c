import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import pg from 'pg';
import { ensurePostgres } from '../../dev/postgres/ensure-postgres.ts';
import { startPostgres, type RunningPostgres } from '../../dev/postgres/start-postgres.ts';
import type { TenantId } from '../../src/platform/ids.ts';
import { SchemaMismatch } from '../../src/store/postgres/migrate.ts';
import { readMigrations } from '../../src/store/postgres/migration-files.ts';
import { check, Conflict, defineCollection, put, remove, type Store } from '../../src/store/store.ts';
import { openShared } from './postgres-place.ts';

interface Account {
  readonly owner: string;
  readonly balance: number;
}
const accounts = defineCollection<Account>('accounts', { byOwner: ['owner'] });
const notes = defineCollection<{ text: string }>('notes');
const acme = 'acme' as TenantId;
const bolt = 'bolt' as TenantId;
const programs = await ensurePostgres();

describe.skipIf('unavailable' in programs)('PostgreSQL shared by replicas', () => {
  let server: RunningPostgres;
  let place: string;
  const stores: Store[] = [];
  beforeAll(async () => {
    if (!('unavailable' in programs)) server = await startPostgres(programs);
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    place = await server.createDatabase();
  });
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
    await server.dropDatabase(place);
  });

  async function replica(options: Parameters<typeof openShared>[1] = {}): Promise<Store> {
    const store = await openShared(place, options);
    stores.push(store);
    return store;
  }

  async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  }

  it('is migrated once by five that start at once', async () => {
    const migrations = await readMigrations();
    const replicas = await Promise.all(Array.from({ length: 5 }, () => replica()));
    const applied = await query(place, 'SELECT number FROM switchboard.migrations ORDER BY number');
    expect(applied).toEqual(migrations.map(({ number }) => ({ number })));
    await replicas[0]!.commit(acme, [put(notes, 'n', { text: 'by the first' }, 'absent')]);
    for (const one of replicas) expect((await one.get(acme, notes, 'n'))?.value.text).toBe('by the first');
  });

  it('takes what a later version adds once, and refuses earlier versions from then on', async () => {
    const migrations = await readMigrations();
    await replica();
    const number = migrations.length + 1;
    const sql = 'CREATE TABLE switchboard.later (n integer)';
    const later = [...migrations, { number, name: 'later.sql', sql, checksum: 'later' }];
    await Promise.all(Array.from({ length: 5 }, () => replica({ migrations: later })));
    const refused = replica();
    await expect(refused).rejects.toBeInstanceOf(SchemaMismatch);
    await expect(refused).rejects.toThrow(`schema ${number} (later.sql), this program knows ${number - 1}`);
    const edited = later.map((one) => ({ ...one, checksum: 'edited' }));
    await expect(replica({ migrations: edited })).rejects.toThrow(/never edited/);
  });

  it('keeps nothing of a migration that fails', async () => {
    const migrations = await readMigrations();
    const number = migrations.length + 1;
    const sql = 'CREATE TABLE switchboard.half (n integer); SELECT 1 / 0';
    const failing = [...migrations, { number, name: 'failing.sql', sql, checksum: 'x' }];
    await expect(replica({ migrations: failing })).rejects.toThrow(/division by zero/);
    expect(await query(place, `SELECT to_regnamespace('switchboard') AS found`)).toEqual([{ found: null }]);
    await replica();
  });

  it('shows nothing to a statement that forgets the tenant, and takes nothing of another', async () => {
    const store = await replica();
    await store.commit(acme, [put(notes, 'n', { text: 'a' }, 'absent')]);
    await store.commit(bolt, [put(notes, 'n', { text: 'b' }, 'absent')]);
    const all = 'SELECT tenant FROM switchboard.records';
    expect(await query(server.adminUrl.replace(/postgres$/, place.split('/').at(-1)!), all)).toHaveLength(2);
    expect(await query(place, all)).toEqual([]);
    const client = new pg.Client({ connectionString: place });
    await client.connect();
    try {
      await client.query(`SELECT set_config('switchboard.tenant', 'acme', false)`);
      expect((await client.query(all)).rows).toEqual([{ tenant: 'acme' }]);
      expect((await client.query(`DELETE FROM switchboard.records WHERE tenant = 'bolt'`)).rowCount).toBe(0);
      await expect(
        client.query(
          `INSERT INTO switchboard.records (tenant, collection, id, version, value) VALUES ('bolt', 'notes', 'm', 1, '{}')`,
        ),
      ).rejects.toThrow(/row-level security/);
    } finally {
      await client.end();
    }
    expect((await store.get(bolt, notes, 'n'))?.value.text).toBe('b');
  });

  it('leaves no tenant behind on a connection that another one uses next', async () => {
    const store = await replica({ maxConnections: 1 });
    await store.commit(acme, [put(notes, 'n', { text: 'a' }, 'absent')]);
    expect(await store.get(bolt, notes, 'n')).toBeUndefined();
    expect(await store.get(acme, notes, 'n')).toBeDefined();
    expect(await store.tenants()).toEqual([acme]);
  });

  it('is not opened as a role that row security does not hold', async () => {
    await expect(replica({ connectionString: server.adminUrl })).rejects.toThrow(/postgres is a superuser/);
  });

  it('waits for the disk though the server is set not to, and is not opened where it cannot', async () => {
    expect(await query(place, 'SHOW synchronous_commit')).toEqual([{ synchronous_commit: 'off' }]);
    await replica();
    const connectionString = `${place}?options=-c%20synchronous_commit%3Doff`;
    await expect(replica({ connectionString })).rejects.toThrow(/synchronous_commit is off/);
  });

  it('loses no update between processes', async () => {
    const replicas = await Promise.all([replica(), replica(), replica()]);
    await replicas[0].commit(acme, [put(accounts, 'a', { owner: 'o', balance: 0 }, 'absent')]);
    let conflicts = 0;
    const add = async (store: Store): Promise<void> => {
      for (;;) {
        const now = (await store.get(acme, accounts, 'a'))!;
        try {
          const next = { owner: 'o', balance: now.value.balance + 1 };
          await store.commit(acme, [put(accounts, 'a', next, now.version)]);
          return;
        } catch (error) {
          if (!(error instanceof Conflict)) throw error;
          conflicts += 1;
        }
      }
    };
    await Promise.all(Array.from({ length: 30 }, (_, at) => add(replicas[at % 3]!)));
    expect(await replicas[1].get(acme, accounts, 'a')).toMatchObject({
      version: 31,
      value: { balance: 30 },
    });
    expect(conflicts).toBeGreaterThan(0);
  });

  it('lets exactly one process create a record, and the others find it', async () => {
    const replicas = await Promise.all([replica(), replica(), replica()]);
    for (let round = 0; round < 20; round += 1) {
      const tries = replicas.map((store, at) =>
        store.commit(acme, [
          put(notes, `r${round}`, { text: String(at) }, 'absent'),
          put(notes, `mine-${round}-${at}`, { text: '' }, 'absent'),
        ]),
      );
      const outcomes = await Promise.allSettled(tries);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const outcome of outcomes)
        if (outcome.status === 'rejected')
          expect(outcome.reason).toMatchObject({ found: 1, id: `r${round}` });
    }
  });

  it('keeps free what a commit found absent: of two that each rely on the other not being there, one is refused', async () => {
    const [left, right] = [await replica(), await replica()];
    for (let round = 0; round < 20; round += 1) {
      const outcomes = await Promise.allSettled([
        left.commit(acme, [
          remove(notes, `x${round}`, 'absent'),
          put(notes, `y${round}`, { text: '' }, 'any'),
        ]),
        right.commit(acme, [
          remove(notes, `y${round}`, 'absent'),
          put(notes, `x${round}`, { text: '' }, 'any'),
        ]),
      ]);
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    }
  });

  it('lets a taking over and a commit that relies on the record as it was not both through', async () => {
    const [owner, heir] = [await replica(), await replica()];
    for (let round = 0; round < 40; round += 1) {
      const guard = `guard${round}`;
      await owner.commit(acme, [put(notes, guard, { text: 'owner' }, 'absent')]);
      const late = owner.commit(acme, [
        check(notes, guard, 1),
        put(notes, `late${round}`, { text: '' }, 'absent'),
      ]);
      // Reads what is there when it took over: what the owner's commit wrote later would be overlooked.
      const taken = heir.commit(acme, [put(notes, guard, { text: 'heir' }, 1)]).then(async () => {
        return (await heir.get(acme, notes, `late${round}`)) !== undefined;
      });
      const [commit, found] = await Promise.allSettled([late, taken]);
      expect(found.status).toBe('fulfilled');
      expect(found).toMatchObject({ value: commit.status === 'fulfilled' });
    }
  });

  it('fills an index that a new version declares, also for what the old version goes on writing', async () => {
    const old = await replica();
    for (let at = 0; at < 3; at += 1)
      await old.commit(acme, [put(accounts, `a${at}`, { owner: 'o', balance: at }, 'absent')]);
    await old.commit(bolt, [put(accounts, 'b', { owner: 'o', balance: 9 }, 'absent')]);
    const next = await replica();
    const richer = defineCollection<Account>('accounts', { byOwner: ['owner'], byBalance: ['balance'] });
    const balances = async (): Promise<number[]> => {
      const found = await next.find(acme, richer, { index: 'byBalance', equals: [], from: 1 });
      return found.map(({ value }) => value.balance);
    };
    expect(await balances()).toEqual([1, 2]);
    await old.commit(acme, [put(accounts, 'a3', { owner: 'o', balance: 3 }, 'absent')]);
    await old.commit(acme, [put(accounts, 'a2', { owner: 'o', balance: 7 }, 1)]);
    expect(await balances()).toEqual([1, 3, 7]);
    expect(await old.find(acme, accounts, { index: 'byOwner', equals: ['o'] })).toHaveLength(4);
  });

  it('fills it page by page, without reading all for each page, though the server has not counted the records', async () => {
    const old = await replica();
    const count = 10_000;
    for (let at = 0; at < count; at += 1000)
      await old.commit(
        acme,
        Array.from({ length: 1000 }, (_, nth) =>
          put(accounts, `a${at + nth}`, { owner: 'o', balance: at + nth }, 'absent'),
        ),
      );
    await Promise.all(stores.splice(0).map((store) => store.close()));
    const readByKey = async (): Promise<number> => {
      const [row] = await query(
        place,
        `SELECT pg_stat_get_tuples_returned(indexrelid)::integer AS read FROM pg_index WHERE indexrelid = 'switchboard.records_pkey'::regclass`,
      );
      return Number(row?.['read']);
    };
    const before = await readByKey();
    const next = await replica();
    const richer = defineCollection<Account>('accounts', { byOwner: ['owner'], byBalance: ['balance'] });
    const found = await next.find(acme, richer, { index: 'byBalance', equals: [], from: 9_990 });
    expect(found).toHaveLength(10);
    // A connection that ends has told what it read.
    await Promise.all(stores.splice(0).map((store) => store.close()));
    await expect.poll(async () => (await readByKey()) - before, { timeout: 30_000 }).toBeGreaterThan(count);
    expect((await readByKey()) - before).toBeLessThan(4 * count);
  });

  it('finds its way by the index, behind the fence as well', async () => {
    const store = await replica();
    const many = Array.from({ length: 3000 }, (_, at) =>
      put(accounts, `a${at}`, { owner: `o${at}`, balance: at }, 'absent'),
    );
    await store.commit(acme, many);
    await query(place, 'ANALYZE switchboard.records');
    const rows = await query(
      place,
      `EXPLAIN SELECT id FROM switchboard.records WHERE tenant = 'acme' AND collection = 'accounts'
      AND key1 >= '\\x01' AND key1 < '\\x02' ORDER BY key1 LIMIT 100`,
    );
    const plan = rows.map((row) => String(row['QUERY PLAN'])).join('\n');
    expect(plan).toContain('records_key1');
    expect(plan).toMatch(/Index Cond: .*key1 >=/);
    expect(plan).not.toContain('Sort');
  });

  it('refuses what a B-tree or a text cannot hold, and nothing beside it', async () => {
    const store = await replica();
    const outcomes = await Promise.allSettled([
      store.commit(acme, [put(notes, 'first', { text: '1' }, 'absent')]),
      store.commit(acme, [put(notes, 'a\ud800', { text: '2' }, 'absent')]),
      store.commit(acme, [put(notes, 'a\0', { text: '3' }, 'absent')]),
      store.commit(acme, [put(accounts, 'long', { owner: 'o'.repeat(5000), balance: 1 }, 'absent')]),
      store.commit(acme, [put(notes, 'last', { text: '\0 \ud800 \u0010 \\u0000' }, 'absent')]),
    ]);
    const statuses = outcomes.map(({ status }) => status);
    expect(statuses).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected', 'fulfilled']);
    expect((await store.get(acme, notes, 'last'))?.value.text).toBe('\0 \ud800 \u0010 \\u0000');
  });

  it('commits the others of a group when the server minds one of them', async () => {
    // A value so deep that the server gives up on it (54001) cannot be known before.
    const name = new URL(place).pathname.slice(1);
    await query(server.adminUrl, `ALTER DATABASE ${name} SET max_stack_depth = '100kB'`);
    const store = await replica();
    const deep = JSON.parse(`${'['.repeat(2000)}${']'.repeat(2000)}`) as never;
    const outcomes = await Promise.allSettled([
      store.commit(acme, [put(notes, 'first', { text: '1' }, 'absent')]),
      store.commit(acme, [put(notes, 'deep', { text: deep }, 'absent')]),
      store.commit(acme, [put(notes, 'last', { text: '3' }, 'absent')]),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: { code: '54001' } });
    expect(await store.get(acme, notes, 'deep')).toBeUndefined();
    expect(await store.get(acme, notes, 'last')).toBeDefined();
  });

  it('orders strings as JavaScript does, halves of surrogate pairs included', async () => {
    const store = await replica();
    const owners = ['\uffee', '\u{1f600}', '\u{10ffff}', 'a', '\ud83d', 'a\0', '', '\ue000', 'é', 'z'];
    await store.commit(
      acme,
      owners.map((owner, at) => put(accounts, `a${at}`, { owner, balance: at }, 'absent')),
    );
    const found = await store.find(acme, accounts, { index: 'byOwner', equals: [] });
    expect(found.map(({ value }) => value.owner)).toEqual([...owners].sort());
  });
});
