import { spawn } from 'node:child_process';
import { createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { registrationYaml } from '../../src/matrix/registration.ts';
import { lineName, type Customers, type Network } from './customers.ts';
import type { BenchHomeserver } from './homeserver.ts';

export interface Ports {
  readonly appservice: number;
  readonly http: number;
  readonly inspector: number;
}

export interface SwitchboardOptions {
  /** Config, log and store go here. */
  readonly directory: string;
  readonly fsync: boolean;
  /** Connection URL: then the store is PostgreSQL, and `fsync` is the server's affair. */
  readonly postgres?: string;
  readonly ports: Ports;
  readonly network: Network;
  readonly customers: Customers;
  readonly homeserver: BenchHomeserver;
  /** Sessions at once for each agent. */
  readonly capacity: number;
  /** `src/main.ts` of another state of the code, to compare. */
  readonly main?: string;
}

export interface SwitchboardProcess {
  readonly pid: number;
  readonly readyMs: number;
  /** Processor time until then: what a busy machine does not change. */
  readonly readyCpuSeconds: number;
  /** User and system time so far, in seconds. */
  cpuSeconds(): number;
  rssBytes(): number;
  stop(): Promise<void>;
}

const readyWithinMs = 600_000;
/** USER_HZ, which is 100 on Linux whatever the kernel's own clock. */
const ticksPerSecond = 100;

export const mainOfThis = new URL('../../src/main.ts', import.meta.url).pathname;

export function tenantName(n: number): string {
  return `t${String(n)}`;
}

export function writeConfig(options: SwitchboardOptions): string {
  const { directory, homeserver, network, customers, ports } = options;
  writeFileSync(join(directory, 'registration.yaml'), registrationYaml(homeserver.registration));
  const config = join(directory, 'config.yaml');
  const tenants = homeserver.agents.map((users, n) => {
    const agents = users.map(
      (user, m) =>
        [`a${String(m)}`, { user, name: `Agent ${String(m)}`, capacity: options.capacity }] as const,
    );
    const tenant = {
      name: `Tenant ${String(n)}`,
      homeserver: 'main',
      agents: Object.fromEntries(agents),
      // Agents answer by themselves here, as often as they can.
      answersPerMinute: 0,
      queues: { support: { name: 'Support', agents: agents.map(([name]) => name), offerSeconds: 86_400 } },
      lines: {
        [lineName[network]]: {
          channel: network,
          queue: 'support',
          sendLimits: { perAddressPerMinute: 'off', perAddressPerDay: 'off', perDay: 'off' },
          parameters: customers.parameters(tenantName(n)),
        },
      },
      texts: { agentJoined: 'You are talking to {agent}.' },
    };
    return [tenantName(n), tenant] as const;
  });
  const content = {
    homeservers: {
      main: { url: homeserver.url, domain: homeserver.domain, registration: 'registration.yaml' },
    },
    appservice: { port: ports.appservice },
    http: { port: ports.http },
    store: {
      directory: 'data',
      ...(options.postgres === undefined
        ? { fsync: options.fsync }
        : { kind: 'postgres', postgres: { url: options.postgres } }),
    },
    logging: { level: 'warn' },
    tenants: Object.fromEntries(tenants),
  };
  writeFileSync(config, stringify(content));
  return config;
}

/** The product as an operator runs it, `src/main.ts -c FILE`, with the inspector open for heap and profile. */
export async function startSwitchboard(options: SwitchboardOptions): Promise<SwitchboardProcess> {
  const config = writeConfig(options);
  const main = options.main ?? mainOfThis;
  const inspect = `--inspect=127.0.0.1:${String(options.ports.inspector)}`;
  const startedAt = performance.now();
  const child = spawn(
    process.execPath,
    ['--disable-proto=delete', '--disable-warning=DEP0060', inspect, main, '-c', config],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const logFile = join(options.directory, 'switchboard.log');
  const log = createWriteStream(logFile);
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const stopWithUs = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', stopWithUs);
  for (;;) {
    if (child.exitCode !== null || performance.now() - startedAt > readyWithinMs) {
      child.kill('SIGKILL');
      throw new Error(`Switchboard did not start:\n${readFileSync(logFile, 'utf8').slice(-3000)}`);
    }
    const answer = await fetch(`http://127.0.0.1:${String(options.ports.http)}/ready`).catch(() => undefined);
    if (answer?.ok === true) break;
    await sleep(5);
  }
  const readyMs = performance.now() - startedAt;
  const pid = child.pid ?? 0;
  const cpuSeconds = (): number => {
    const fields =
      readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
        .split(') ')[1]
        ?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  };
  return {
    pid,
    readyMs,
    readyCpuSeconds: cpuSeconds(),
    cpuSeconds,
    rssBytes: () =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1]) * 1024,
    async stop() {
      process.off('exit', stopWithUs);
      child.kill('SIGTERM');
      await ended;
      log.end();
      const said = readFileSync(logFile, 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('{'));
      if (said.length > 0)
        console.error(`Switchboard logged ${String(said.length)} warnings, the first: ${said[0] ?? ''}`);
    },
  };
}

/** Several processes as one: sums, and the first one's id. */
export function together(processes: readonly SwitchboardProcess[]): SwitchboardProcess {
  const sum = (of: (one: SwitchboardProcess) => number): number =>
    processes.reduce((total, one) => total + of(one), 0);
  return {
    pid: processes[0]?.pid ?? 0,
    readyMs: sum((one) => one.readyMs),
    readyCpuSeconds: sum((one) => one.readyCpuSeconds),
    cpuSeconds: () => sum((one) => one.cpuSeconds()),
    rssBytes: () => sum((one) => one.rssBytes()),
    async stop() {
      await Promise.all(processes.map(async (one) => one.stop()));
    },
  };
}
