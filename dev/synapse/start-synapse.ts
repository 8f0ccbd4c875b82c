import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readlinkSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Registration } from '../../src/matrix/registration.ts';
import { freePort } from '../free-ports.ts';
import { writeSynapseConfig } from './synapse-config.ts';

export interface StartSynapseOptions {
  /** From {@link fetchSynapse}. */
  readonly root: string;
  readonly registrations?: readonly Registration[];
  readonly registrationFiles?: readonly string[];
  /** Default `localhost`. */
  readonly serverName?: string;
  /** Default: a free one. Loopback only. */
  readonly port?: number;
  /** Default false. With presence the application service is sent everybody's coming and going. */
  readonly presence?: boolean;
}

export interface RunningSynapse {
  /** `http://127.0.0.1:<port>` */
  readonly base: string;
  readonly serverName: string;
  readonly port: number;
  readonly registrationSecret: string;
  /** From start to the first answer. */
  readonly readyMs: number;
  /** Of the present process: restarting changes it. */
  pid(): number;
  /** The end of its log, for a failure's message. */
  logTail(): string;
  /** Kills it, as a power cut would, and starts it again on the same data and port. */
  restart(whileDown?: () => Promise<void>): Promise<void>;
  /** Ends it at once and removes its data. */
  stop(): Promise<void>;
}

/** Its data is thrown away, and SQLite syncs often. */
const memory = '/dev/shm';
/** Containers are often given 64 MB, which some that were killed before could have filled. */
const enoughBytes = 512 * 1024 * 1024;

function isRoomInMemory(): boolean {
  if (!existsSync(memory)) return false;
  const { bavail, bsize } = statfsSync(memory);
  return bavail * bsize > enoughBytes;
}

/** A throw-away Synapse on loopback: SQLite, no federation, no rate limits. Dies with this process, even on kill -9. */
export async function startSynapse(options: StartSynapseOptions): Promise<RunningSynapse> {
  const began = performance.now();
  const directory = mkdtempSync(join(isRoomInMemory() ? memory : tmpdir(), 'switchboard-synapse-'));
  const port = options.port ?? (await freePort());
  const serverName = options.serverName ?? 'localhost';
  const registrationSecret = randomBytes(24).toString('base64url');
  const base = `http://127.0.0.1:${port}`;
  const config = writeSynapseConfig({
    directory,
    serverName,
    port,
    registrations: options.registrations ?? [],
    registrationFiles: options.registrationFiles ?? [],
    presence: options.presence ?? false,
    registrationSecret,
  });
  const logTail = (): string => {
    const log = join(directory, 'homeserver.log');
    return existsSync(log) ? readFileSync(log, 'utf8').slice(-3000) : '';
  };
  const start = async (): Promise<ChildProcess> => {
    const child = launch(options.root, directory, config);
    try {
      await ready(child, base);
      return child;
    } catch (error) {
      await end(child);
      throw new Error(`${error instanceof Error ? error.message : String(error)}\n${logTail()}`);
    }
  };
  let child: ChildProcess;
  try {
    child = await start();
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
  return {
    base,
    serverName,
    port,
    registrationSecret,
    readyMs: performance.now() - began,
    pid: () => child.pid ?? 0,
    logTail,
    async restart(whileDown) {
      await end(child);
      await whileDown?.();
      child = await start();
    },
    async stop() {
      await end(child);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A clean environment: PYTHONDONTWRITEBYTECODE in ours would make it compile itself at each start. */
function launch(root: string, directory: string, config: string): ChildProcess {
  const libraries = join(root, 'usr/lib/x86_64-linux-gnu');
  const python = join(root, 'usr/bin', readlinkSync(join(root, 'usr/bin/python3')));
  const loader = join(root, 'lib64/ld-linux-x86-64.so.2');
  return spawn(
    'setpriv',
    [
      ...['--pdeathsig', 'KILL', loader, '--library-path', libraries],
      ...[python, '-m', 'synapse.app.homeserver', '-c', config],
    ],
    {
      cwd: directory,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        PATH: '/usr/bin:/bin',
        HOME: directory,
        LANG: 'C.UTF-8',
        PYTHONHOME: join(root, 'usr'),
        PYTHONPATH: join(root, 'usr/lib/python3/dist-packages'),
        PYTHONNOUSERSITE: '1',
        OPENSSL_MODULES: join(libraries, 'ossl-modules'),
        SSL_CERT_FILE: '/etc/ssl/certs/ca-certificates.crt',
      },
    },
  );
}

async function ready(child: ChildProcess, base: string): Promise<void> {
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-3000)));
  let failed: Error | undefined;
  child.once('error', (error) => (failed = error));
  const patience = performance.now() + 150_000;
  while (performance.now() < patience) {
    if (failed !== undefined) throw new Error(`Synapse cannot be started: ${failed.message}`);
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`Synapse died while starting: ${errors}`);
    const answer = await fetch(`${base}/_matrix/client/versions`).catch(() => undefined);
    if (answer?.ok === true) return;
    await delay(25);
  }
  throw new Error(`Synapse did not answer within 150 s: ${errors}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}
