import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from '../free-ports.ts';
import type { PostgresPrograms } from './ensure-postgres.ts';
import { asServerUser, serverUser } from './server-user.ts';

const run = promisify(execFile);

/** How the server ends: told to, as by `pg_ctl stop`, or as if the machine had failed. */
export type StopMode = 'fast' | 'immediate';

/** A PostgreSQL of our own on loopback; gone when this process is. Without fsync: it survives any end of its processes, not that of the machine. */
export interface RunningPostgres {
  readonly port: number;
  /** As superuser, which the store refuses. */
  readonly adminUrl: string;
  /** A database of a role `switchboard` that owns it and nothing else; gives its URL. `template`: the URL of a database that nobody uses, to begin as a copy of. */
  createDatabase(template?: string): Promise<string>;
  dropDatabase(url: string): Promise<void>;
  /** What the server wrote so far, for a failing test. */
  log(): string;
  /** Ends it; `resume` starts it on the same port with the same data. */
  halt(mode: StopMode): Promise<void>;
  resume(): Promise<void>;
  restart(mode: StopMode): Promise<void>;
  /** Ends it and deletes its folder. */
  stop(): Promise<void>;
}

const signals = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const;

/** @throws {Error} with the server's own log when it does not come up within 90 s. `settings`: as for `postgres -c`. `parent`: of its folder. */
export async function startPostgres(
  { bin }: PostgresPrograms,
  settings: readonly string[] = [],
  parent = tmpdir(),
): Promise<RunningPostgres> {
  const owner = await serverUser();
  const folder = await mkdtemp(join(parent, 'postgres-'));
  if (owner !== undefined) await chown(folder, owner.uid, owner.gid);
  const data = join(folder, 'data');
  const port = await freePort();
  const make = [join(bin, 'initdb'), '-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8'];
  const [initdb = '', ...initdbArguments] = [
    ...asServerUser(owner),
    ...make,
    ...['--locale=C', '--no-sync', '--no-instructions', '--wal-segsize=4'],
  ];
  await run(initdb, initdbArguments, { cwd: folder });

  let output = '';
  const urlOf = (user: string, database: string): string =>
    `postgres://${user}@127.0.0.1:${port}/${database}`;
  const adminUrl = urlOf('postgres', 'postgres');
  const asAdmin = async (sql: string): Promise<void> => {
    const client = new pg.Client({ connectionString: adminUrl });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  const start = async (): Promise<ChildProcess> => {
    const all = [
      ...['listen_addresses=127.0.0.1', `port=${port}`, 'unix_socket_directories=', 'max_connections=100'],
      ...['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'log_min_messages=warning'],
      ...settings,
    ];
    const [command = '', ...rest] = [
      ...asServerUser(owner),
      ...[join(bin, 'postgres'), '-D', data, ...all.flatMap((setting) => ['-c', setting])],
    ];
    const child = spawn(command, rest, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-20_000)));
    await untilAnswering(child, adminUrl, () => output);
    return child;
  };
  let server = await start();
  await asAdmin('CREATE ROLE switchboard LOGIN');
  return {
    port,
    adminUrl,
    log: () => output,
    async createDatabase(template) {
      const name = `t_${randomBytes(6).toString('hex')}`;
      const from = template === undefined ? '' : ` TEMPLATE ${nameIn(template)}`;
      await asAdmin(`CREATE DATABASE ${name} OWNER switchboard${from}`);
      return urlOf('switchboard', name);
    },
    dropDatabase: async (url) => asAdmin(`DROP DATABASE IF EXISTS ${nameIn(url)} WITH (FORCE)`),
    halt: async (mode) => end(server, signals[mode]),
    async resume() {
      server = await start();
    },
    async restart(mode) {
      await end(server, signals[mode]);
      server = await start();
    },
    async stop() {
      await end(server, 'SIGQUIT');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function nameIn(url: string): string {
  return pg.escapeIdentifier(new URL(url).pathname.slice(1));
}

async function untilAnswering(child: ChildProcess, url: string, log: () => string): Promise<void> {
  const deadline = Date.now() + 90_000;
  while (!(await answers(url))) {
    if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`PostgreSQL did not start:\n${log().slice(-4000)}`);
    }
    await delay(20);
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill(signal);
  await gone;
}
