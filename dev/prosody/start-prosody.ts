import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePorts } from '../free-ports.ts';
import { prosodyPath } from './ensure-prosody.ts';
import { prosodyConfig, type ProsodyComponent, type ProsodyPorts } from './prosody-config.ts';

const run = promisify(execFile);

export interface ProsodyOptions {
  readonly components: readonly ProsodyComponent[];
  readonly users: readonly { readonly name: string; readonly password: string }[];
  /** Default `localhost`: users are `name@localhost`. */
  readonly host?: string;
  /** Whether `upload.<host>` takes files (XEP-0363). Default: yes. */
  readonly uploads?: boolean;
  /** Default 20 MiB. */
  readonly maxUploadBytes?: number;
}

/** A Prosody of our own on loopback; gone when this process is. */
export interface RunningProsody {
  readonly host: string;
  readonly ports: ProsodyPorts;
  /** For clients: `xmpp://127.0.0.1:<port>`. */
  readonly clientService: string;
  /** What Prosody wrote so far, for a failing test. */
  log(): Promise<string>;
  /** Ends it, waits until it is gone, and starts it again on the same ports with the same data. */
  restart(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Ends it and deletes its folder. */
  stop(): Promise<void>;
}

/** @throws {Error} with Prosody's own log when it does not come up within 60 s. */
export async function startProsody(options: ProsodyOptions): Promise<RunningProsody> {
  const host = options.host ?? 'localhost';
  const owner = await runAs();
  const folder = await mkdtemp(join(tmpdir(), 'prosody-'));
  const config = join(folder, 'prosody.cfg.lua');
  const [clients, components, http] = await freePorts(3);
  const ports: ProsodyPorts = { clients: clients!, components: components!, http: http! };
  for (const each of ['data', 'certs']) await mkdir(join(folder, each));
  await writeFile(
    config,
    prosodyConfig({
      folder,
      host,
      ports,
      components: options.components,
      uploads: options.uploads ?? true,
      maxUploadBytes: options.maxUploadBytes ?? 20 * 1024 * 1024,
    }),
  );
  if (owner !== undefined) {
    for (const each of ['', 'data', 'certs', 'prosody.cfg.lua'])
      await chown(join(folder, each), owner.uid, owner.gid);
  }
  const [command, ...prefix] = asOwner(owner, false);
  for (const { name, password } of options.users) {
    const register = ['prosodyctl', '--config', config, 'register', name, host, password];
    await run(command ?? register[0]!, [
      ...prefix,
      ...(command === undefined ? register.slice(1) : register),
    ]);
  }
  const log = () => readFile(join(folder, 'prosody.log'), 'utf8').catch(() => '');
  const start = async (): Promise<ChildProcess> => {
    const [first, ...rest] = [...asOwner(owner, true), prosodyPath, '--config', config, '-F'];
    const child = spawn(first, rest, { stdio: 'ignore' });
    await untilAnswering(child, ports.clients, log);
    return child;
  };
  let process = await start();
  return {
    host,
    ports,
    clientService: `xmpp://127.0.0.1:${ports.clients}`,
    log,
    async restart(signal = 'SIGTERM') {
      await end(process, signal);
      process = await start();
    },
    async stop() {
      await end(process, 'SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Prosody refuses to be root: as root we run it as the user that its package made. */
async function runAs(): Promise<Owner | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, 'prosody'])).stdout)),
  );
  return { uid: uid!, gid: gid! };
}

/** `setpriv` keeps the process our child (no wrapper in between) and lets the kernel end it when we die. */
function asOwner(owner: Owner | undefined, dieWithUs: boolean): string[] {
  if (!existsSync('/usr/bin/setpriv')) return owner === undefined ? [] : ['runuser', '-u', 'prosody', '--'];
  const user = owner === undefined ? [] : [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--init-groups'];
  const death = dieWithUs ? ['--pdeathsig=KILL'] : [];
  return user.length + death.length === 0 ? [] : ['setpriv', ...user, ...death];
}

/** The clients' port opens last, so when it answers the components' port does too. */
async function untilAnswering(child: ChildProcess, port: number, log: () => Promise<string>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await answers(port))) {
    if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`Prosody did not start:\n${(await log()).slice(-4000)}`);
    }
    await delay(20);
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => done(true)).once('error', () => done(false));
  });
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill(signal);
  const late = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await gone;
  clearTimeout(late);
}
