import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { freePort } from '../../dev/free-ports.ts';
import { ensurePostgres } from '../../dev/postgres/ensure-postgres.ts';
import { startPostgres, type RunningPostgres } from '../../dev/postgres/start-postgres.ts';
import { checkStore } from '../../src/check-store.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { mustFit } from '../../src/store/postgres/check-server.ts';
import { openShared } from '../store/postgres-place.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const programs = await ensurePostgres();
const password = 'the-password-of-the-role';

describe.skipIf('unavailable' in programs)('-c with a PostgreSQL that cannot be used', () => {
  let directory: string;
  let server: RunningPostgres;
  /** Of a database that is all right, with the password. */
  let good: URL;
  beforeAll(async () => {
    if ('unavailable' in programs) return;
    directory = mkdtempSync(join(tmpdir(), 'switchboard-start-'));
    chmodSync(directory, 0o755);
    const rules = join(directory, 'pg_hba.conf');
    writeFileSync(rules, 'host all postgres all trust\nhost all all all scram-sha-256\n');
    server = await startPostgres(programs, [`hba_file=${rules}`]);
    await asAdmin(`ALTER ROLE switchboard PASSWORD '${password}'`);
    good = new URL(await server.createDatabase());
    good.password = password;
    const config = {
      homeservers: {},
      http: { port: 0 },
      store: { kind: 'postgres', directory: 'data' },
    };
    writeFileSync(join(directory, 'config.yaml'), stringify(config));
  });
  afterAll(async () => {
    await (server as RunningPostgres | undefined)?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  async function asAdmin(sql: string, database = 'postgres'): Promise<void> {
    const client = new pg.Client({ connectionString: server.adminUrl.replace(/postgres$/, database) });
    await client.connect();
    await client.query(sql);
    await client.end();
  }

  /** Starts with this address, or only checks; gives the exit code and what was said. */
  async function start(
    change: (url: URL) => void,
    ...more: string[]
  ): Promise<{ code: number | null; out: string; err: string }> {
    const url = new URL(good);
    change(url);
    const child = spawn(
      process.execPath,
      ['--disable-proto=delete', '--disable-warning=DEP0060', main, '-c', 'config.yaml', '-p', '0', ...more],
      {
        cwd: directory,
        env: { ...process.env, SWITCHBOARD__STORE__POSTGRES__URL: url.href },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let [out, err] = ['', ''];
    child.stdout.on('data', (data: Buffer) => (out += data.toString()));
    child.stderr.on('data', (data: Buffer) => (err += data.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, out, err };
  }

  it.each([
    [
      'no server',
      (url: URL) => (url.port = '1'),
      /cannot be reached: connect ECONNREFUSED 127\.0\.0\.1:1\), expected a PostgreSQL that runs/,
    ],
    [
      'a wrong password',
      (url: URL) => (url.password = 'hunter2'),
      /password authentication failed.*expected the password of the role/,
    ],
    [
      'a role that does not exist',
      (url: URL) => (url.username = 'nobody'),
      /password authentication failed for user "nobody"/,
    ],
    [
      'a database that does not exist',
      (url: URL) => (url.pathname = '/none'),
      /database "none" does not exist.*expected a database that exists: CREATE DATABASE/,
    ],
    [
      'a role that passes row security',
      (url: URL) => (url.username = 'postgres'),
      /the role postgres is a superuser or has BYPASSRLS/,
    ],
    [
      'a database of somebody else',
      (url: URL) => (url.pathname = '/postgres'),
      /permission denied for database postgres.*expected a role that owns the database/,
    ],
  ])('%s: file, path, what was found and expected, exit code 1', async (_, change, said) => {
    const { code, err } = await start(change);
    expect(err).toMatch(/^config\.yaml: store\.postgres\.url: found /);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(err).toMatch(said);
    expect(err).not.toMatch(/hunter2|the-password/);
    expect(code).toBe(1);
  });

  it('that can: told to end, it takes requests for as long as it was told to, and says that it is not ready', async () => {
    const port = await freePort();
    const child = spawn(process.execPath, ['--disable-proto=delete', main, '-c', 'config.yaml', '-p', '0'], {
      cwd: directory,
      env: {
        ...process.env,
        SWITCHBOARD__STORE__POSTGRES__URL: good.href,
        SWITCHBOARD__HTTP__PORT: String(port),
        SWITCHBOARD__STOP__DRAIN_SECONDS: '8',
      },
      stdio: 'ignore',
    });
    const ended = once(child, 'exit');
    const ready = async (): Promise<number> =>
      fetch(`http://127.0.0.1:${String(port)}/ready`).then(
        ({ status }) => status,
        () => 0,
      );
    await vi.waitFor(async () => expect(await ready()).toBe(200), { timeout: 60_000, interval: 50 });
    const began = performance.now();
    child.kill('SIGTERM');
    let isOver = false;
    void ended.then(() => (isOver = true));
    let lastAt = began;
    while (!isOver) if ((await ready()) === 503) lastAt = performance.now();
    // Much less than it was told: it, or who looks here, may have stood still for some of that time.
    expect(lastAt - began).toBeGreaterThan(2000);
    expect(await ended).toEqual([0, null]);
  });

  it('a database that a later version has migrated, or with another encoding: likewise', async () => {
    await (await openShared(good.href)).close();
    await asAdmin(
      `INSERT INTO switchboard.migrations (number, name, checksum) VALUES (9999, '9999-later.sql', '')`,
      good.pathname.slice(1),
    );
    const later = await start(() => undefined);
    expect(later).toMatchObject({ code: 1 });
    expect(later.err).toMatch(/found another schema than this version makes.*9999-later\.sql/);
    await asAdmin(`CREATE DATABASE latin OWNER switchboard TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'`);
    const latin = await start((url) => (url.pathname = '/latin'));
    expect(latin.err).toContain(
      `found a database with encoding LATIN1, expected one made with ENCODING 'UTF8'`,
    );
  });

  it('--check says the same before, and changes nothing', async () => {
    const place = new URL(await server.createDatabase());
    const of = async (change: (url: URL) => void): Promise<string> => {
      const url = new URL(good);
      change(url);
      const environment = { SWITCHBOARD__STORE__POSTGRES__URL: url.href };
      const findings = await checkStore(loadConfig(join(directory, 'config.yaml'), environment));
      return findings.map(({ ok, detail }) => `${ok ? 'ok' : 'FAIL'} ${detail}`).join();
    };
    const fresh = (url: URL): void => void (url.pathname = place.pathname);
    const isNew =
      /version \d+.*, role switchboard, without TLS, empty, the next start applies \d+ migrations$/m;
    expect((await start(fresh, '--check')).out).toMatch(/^ok {3}store: PostgreSQL: version /m);
    expect(await of(fresh)).toMatch(isNew);
    place.password = password;
    await (await openShared(place.href)).close();
    expect(await of(fresh)).toMatch(/^ok .*, role switchboard, without TLS, empty$/);
    expect(await of((url) => (url.password = 'hunter2'))).toMatch(
      /^FAIL .*found that PostgreSQL refused \(password authentication failed/,
    );
    expect(await of((url) => (url.pathname = '/postgres'))).toMatch(
      /^FAIL .*found that the role switchboard may make nothing in this database, expected a role that owns/,
    );
    expect(await of((url) => (url.port = '1'))).toMatch(/^FAIL .*cannot be reached: connect ECONNREFUSED/);
  });

  it('a server that is too old is told from one that is not', () => {
    const facts = { role: 'sb', passes: false, encoding: 'UTF8', synchronous: 'on', fsync: 'on' };
    mustFit({ ...facts, version: 130_000 });
    expect(() => mustFit({ ...facts, version: 120_022 })).toThrow(
      'found PostgreSQL 12, which is too old, expected 13 or later',
    );
  });
});
