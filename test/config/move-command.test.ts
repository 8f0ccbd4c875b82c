import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { ensurePostgres } from '../../dev/postgres/ensure-postgres.ts';
import { startPostgres, type RunningPostgres } from '../../dev/postgres/start-postgres.ts';
import { generateRegistration, registrationYaml } from '../../src/matrix/registration.ts';
import type { TenantId } from '../../src/platform/ids.ts';
import { UnfitDatabase } from '../../src/store/postgres/unfit-database.ts';
import { defineCollection, put, remove, systemTenant, type Store } from '../../src/store/store.ts';
import { openStore as openEmbedded } from '../store/nedb-place.ts';
import { openShared, openStore as openWhenGone, untilAlone } from '../store/postgres-place.ts';

interface Note {
  readonly number: number;
  readonly text?: unknown;
}
const notes = defineCollection<Note>('notes', { byNumber: ['number'] });
const others = defineCollection<Note>('others');
const tenants = [systemTenant, 'acme', 'bolt'] as TenantId[];
/** More than a batch for each tenant. */
const each = 700;
const odd = {
  number: 1e21,
  text: ['\0', '\ud800', '\u0010u0000', { b: 0.1, a: -1e-7, ['__proto__']: 1 }, null, 'é😀'],
};
const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const programs = await ensurePostgres();

describe.skipIf('unavailable' in programs)('-c FILE --move-store', () => {
  let server: RunningPostgres;
  let place: string;
  let directory: string;
  beforeAll(async () => {
    if (!('unavailable' in programs)) server = await startPostgres(programs);
  });
  afterAll(async () => {
    await (server as RunningPostgres | undefined)?.stop();
  });
  beforeEach(async () => {
    place = await server.createDatabase();
    directory = mkdtempSync(join(tmpdir(), 'switchboard-move-'));
    const registration = generateRegistration({
      id: 'switchboard',
      url: 'http://127.0.0.1:9009',
      prefix: '_switchboard_',
      domain: 'stand-in.test',
    });
    writeFileSync(join(directory, 'registration.yaml'), registrationYaml(registration));
    writeConfig({ kind: 'postgres' });
    await fill(join(directory, 'data'));
  });
  afterEach(async () => {
    await server.dropDatabase(place);
    rmSync(directory, { recursive: true, force: true });
  });

  function writeConfig(store: object): void {
    const homeserver = { domain: 'stand-in.test', registration: 'registration.yaml' };
    const config = {
      homeservers: { main: { url: 'http://127.0.0.1:1', ...homeserver } },
      http: { port: 0 },
      store: { directory: 'data', postgres: { url: place }, ...store },
    };
    writeFileSync(join(directory, 'config.yaml'), stringify(config));
  }

  async function fill(where: string): Promise<void> {
    const store = await openEmbedded(where, { fsync: false });
    for (const tenant of tenants) {
      const numbers = Array.from({ length: each }, (_, number) => number);
      await store.commit(
        tenant,
        numbers.map((number) => put(notes, `n${number}`, { number, text: tenant }, 'absent')),
      );
      await store.commit(tenant, [
        put(notes, 'n1', { number: 1, text: 'again' }, 1),
        remove(notes, 'n2', 1),
        put(others, 'ödd \uffee', odd, 'any'),
        put(others, 'ödd \u{1f600}', odd, 'any'),
      ]);
      await store.commit(tenant, [put(notes, 'n1', { number: 1, text: 'and again' }, 2)]);
    }
    await store.close();
  }

  interface Ended {
    readonly code: number | null;
    readonly signal: NodeJS.Signals | null;
    readonly out: string;
    readonly err: string;
  }

  async function run(args: readonly string[], environment: Record<string, string> = {}): Promise<Ended> {
    const child = spawn(
      process.execPath,
      ['--disable-proto=delete', '--disable-warning=DEP0060', main, '-c', 'config.yaml', ...args],
      {
        cwd: directory,
        env: { ...process.env, ...environment },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let [out, err] = ['', ''];
    child.stdout.on('data', (data: Buffer) => (out += data.toString()));
    child.stderr.on('data', (data: Buffer) => (err += data.toString()));
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    return { code, signal, out, err };
  }
  const beside = async (...args: string[]): Promise<Ended> => run(['--move-store', ...args]);
  /** With nobody else in the database, as far as the server knows. */
  const move = async (...args: string[]): Promise<Ended> => {
    await untilAlone(place);
    return beside(...args);
  };

  async function inDatabase(sql: string): Promise<void> {
    const client = new pg.Client({ connectionString: place });
    await client.connect();
    await client.query(sql);
    await client.end();
  }

  /** Through the store's contract, which knows nothing of moves. */
  async function contents(store: Store): Promise<unknown[]> {
    const found: unknown[] = [];
    for (const tenant of (await store.tenants()).sort()) {
      const byNumber = await store.find(tenant, notes, { index: 'byNumber', equals: [], limit: 1000 });
      const more = [
        await store.get(tenant, others, 'ödd \uffee'),
        await store.get(tenant, others, 'ödd \u{1f600}'),
      ];
      found.push({ tenant, byNumber, more });
    }
    return found;
  }

  async function expectMoved(): Promise<void> {
    const [embedded, shared] = [await openEmbedded(join(directory, 'data')), await openWhenGone(place)];
    try {
      const wanted = await contents(embedded);
      expect(wanted).toHaveLength(3);
      expect(await contents(shared)).toEqual(wanted);
    } finally {
      await Promise.all([embedded.close(), shared.close()]);
    }
  }

  it('brings every record of every tenant in its version, shows how far it is, and checks', async () => {
    const { code, out, err } = await move();
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^Moving: 2103 records of 3 tenants, from /);
    expect(out).toMatch(/^ {2}500 of 2103$/m);
    expect(out).toMatch(/^Written: 2103\. Reading both sides anew/m);
    expect(out).toMatch(/^ok {3}acme notes: 699 records, [0-9a-f]{16}$/m);
    expect(out).toMatch(/^Moved: 2103 records are in PostgreSQL/m);
    expect(out).toContain('1. Start Switchboard with this config file.');
    await expectMoved();
    const again = await move();
    expect(again).toMatchObject({ code: 1, out: '' });
    expect(again.err).toBe(
      'config.yaml: store.postgres.url: found a database that has records already, expected an empty one\n',
    );
    await expectMoved();
  });

  it.each(['move-after-batch#1', 'move-after-batch#4', 'move-before-end'])(
    'killed at %s: no store opens on it, and run again it finishes, also when the source has changed meanwhile',
    async (point) => {
      const killed = await run(['--move-store'], { SWITCHBOARD_CRASH_AT: point });
      expect(killed.signal).toBe('SIGKILL');
      await expect(openShared(place)).rejects.toBeInstanceOf(UnfitDatabase);
      const started = await run(['-p', '0']);
      expect(started).toMatchObject({ code: 1, out: expect.not.stringContaining('is ready') as string });
      expect(started.err).toContain('found a move that has not finished, expected that --move-store is run');
      const embedded = await openEmbedded(join(directory, 'data'));
      await embedded.commit(tenants[0]!, [
        put(notes, 'n10', { number: 10, text: 'meanwhile' }, 1),
        remove(notes, 'n11', 1),
        put(notes, 'new', { number: 11 }, 'absent'),
      ]);
      await embedded.close();
      const { code, out, err } = await move();
      expect([code, err]).toEqual([0, '']);
      expect(out).toMatch(/^Going on with the move: 2103 records/);
      expect(out).toMatch(/there already: \d+; removed: 1/);
      await expectMoved();
    },
  );

  it('notices what did not arrive as it was, by tenant and collection, and cures it when run again', async () => {
    await (await openShared(place)).close();
    await inDatabase(`CREATE FUNCTION tamper() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF new.tenant = 'acme' AND new.id = 'n7' THEN new.value := '{"number": 8}'; END IF;
        IF new.tenant = 'bolt' AND new.id = 'n7' THEN new.version := 9; END IF;
        RETURN new;
      END $$;
      CREATE TRIGGER tamper BEFORE INSERT ON switchboard.records FOR EACH ROW EXECUTE FUNCTION tamper()`);
    const tampered = await move();
    expect(tampered.code).toBe(1);
    const failed = tampered.out.match(/^FAIL .*(?=:)/gm);
    expect(failed).toEqual(['FAIL acme notes', 'FAIL bolt notes']);
    expect(tampered.err).toMatch(/^acme notes: found 699 records, \w+ in PostgreSQL, expected 699 records/m);
    expect(tampered.err).toContain('Run the same command again.');
    await expect(openShared(place)).rejects.toBeInstanceOf(UnfitDatabase);
    await inDatabase('DROP TRIGGER tamper ON switchboard.records');
    const again = await move();
    expect(again.code).toBe(0);
    expect(again.out).toContain('Written: 2; there already: 2101.');
    await expectMoved();
  });

  it('refuses while either side is in use, and leaves no trace', async () => {
    const embedded = await openEmbedded(join(directory, 'data'));
    const running = await move();
    await embedded.close();
    expect(running).toMatchObject({ code: 1, out: '' });
    expect(running.err).toMatch(/data is in use by another process \(pid \d+/);
    const shared = await openShared(place);
    const replica = await beside();
    expect(replica).toMatchObject({ code: 1, out: '' });
    expect(replica.err).toContain(
      'found a Switchboard connected to this database, expected that it is stopped',
    );
    expect(await shared.tenants()).toEqual([]);
    await shared.close();
    await (await openShared(place)).close();
  });

  it('refuses what it cannot move, from where nothing is, to where it must not', async () => {
    const elsewhere = join(directory, 'elsewhere');
    expect(await move('--from', elsewhere)).toEqual({
      code: 2,
      signal: null,
      out: '',
      err: `--from: found ${elsewhere}, where no embedded store is, expected its directory\n`,
    });
    await run(['--move-store'], { SWITCHBOARD_CRASH_AT: 'move-after-batch' });
    await fill(elsewhere);
    const second = await move('--from', elsewhere);
    expect(second.code).toBe(1);
    expect(second.err).toMatch(/found a half-finished move of another directory, \S+data, expected that one/);
    const embedded = await openEmbedded(join(directory, 'data'));
    await embedded.commit(tenants[1]!, [put(notes, 'a\ud800', { number: 1 }, 'absent')]);
    await embedded.close();
    expect((await move()).err).toMatch(/^tenant acme: PostgreSQL cannot hold a record: .*Nothing was moved/);
    writeConfig({ kind: 'embedded' });
    expect(await move()).toMatchObject({
      code: 2,
      err: 'config.yaml: store.kind: found embedded, expected postgres: the engine to move to\n',
    });
  });

  it('from another directory says what else must be copied', async () => {
    writeFileSync(join(directory, 'data', 'link-secret'), 'x');
    writeConfig({ kind: 'postgres', directory: 'new' });
    const { code, out } = await move('--from', 'data');
    expect(code).toBe(0);
    expect(out).toContain(`cp -a ${directory}/data/link-secret ${directory}/new/`);
    await expectMoved();
  });

  it('must come before the first start, which says so', async () => {
    const { code, err } = await run(['-p', '0']);
    expect(code).toBe(1);
    expect(err).toMatch(
      /^config\.yaml: store\.postgres\.url: found an empty database, while \S+data has the records of an embedded store, expected that --move-store/,
    );
    expect((await move()).code).toBe(0);
  });
});
