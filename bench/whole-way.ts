/**
 * Messages through all of Switchboard: from a customer's signed webhook to the homeserver's PUT, and from an agent's event in a
 * transaction to the network's peer.
 *
 *     node bench/whole-way.ts [--messages 6000] [--conversations 1000] [--network loopback|sms] [--fsync on|off]
 *         [--store embedded|postgres] [--statements] [--profile DIRECTORY] [--main FILE]... [--rounds 1]
 *
 * `--statements`: prints what PostgreSQL executed for a message, which costs it a little time.
 * `--main`: another checkout's `src/main.ts`; given several times, they are measured in turns, to compare states of the code.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startBenchPostgres } from './rig/bench-postgres.ts';
import { networks, type Network } from './rig/customers.ts';
import { connectInspector } from './rig/inspector.ts';
import { startLeanHomeserver } from './rig/lean-homeserver.ts';
import { runLoad, type Direction, type LoadOptions, type LoadResult } from './rig/load.ts';
import { startRig, type Rig } from './rig/rig.ts';
import { countStatements, watchServer } from './rig/server-cost.ts';

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '6000' },
    conversations: { type: 'string', default: '1000' },
    network: { type: 'string' },
    fsync: { type: 'string' },
    store: { type: 'string' },
    statements: { type: 'boolean', default: false },
    profile: { type: 'string' },
    main: { type: 'string', multiple: true },
    rounds: { type: 'string', default: '1' },
  },
});
const messages = Number(values.messages);
const conversations = Number(values.conversations);
const clients = 64;
const chosenNetworks = networks.filter(
  (network) => values.network === undefined || network === values.network,
);
/** A database for each measurement. */
const postgres =
  values.store === 'postgres'
    ? await startBenchPostgres(values.statements ? [countStatements] : [])
    : undefined;
const server = postgres === undefined ? undefined : await watchServer(postgres.adminUrl, values.statements);

const chosenFsync = (postgres === undefined ? [true, false] : [true]).filter(
  (on) => values.fsync === undefined || values.fsync === (on ? 'on' : 'off'),
);

function row(
  network: Network,
  fsync: boolean,
  direction: Direction,
  load: string,
  [result, serverSeconds]: [LoadResult, number | undefined],
): void {
  const cells = [
    network,
    fsync ? 'on' : 'off',
    direction,
    load,
    (result.messages / result.seconds).toFixed(0),
    String(result.acknowledged),
    String(result.arrived),
    `${result.switchboardCpu.toFixed(2)} / ${result.ownCpu.toFixed(2)}`,
    ((result.switchboardCpu * 1000) / (result.messages / result.seconds)).toFixed(2),
    ...serverCells(serverSeconds, result.messages),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}

function serverCells(seconds: number | undefined, count: number): string[] {
  return seconds === undefined ? [] : [((seconds * 1000) / count).toFixed(2)];
}

/** The load, with the time that PostgreSQL's processes took for it. */
async function measured(rig: Rig, load: LoadOptions): Promise<[LoadResult, number | undefined]> {
  const before = server?.cpuSeconds() ?? 0;
  const result = await runLoad(rig, load);
  return [result, server === undefined ? undefined : server.cpuSeconds() - before];
}

/** New conversations: a room, its ghost and spaces, an offer, an agent who takes it, and the customer told of that. */
async function opening(rig: Rig, network: Network, fsync: boolean): Promise<void> {
  await rig.populate(0, 20);
  const begun = performance.now();
  const cpu = rig.switchboard.cpuSeconds();
  const serverCpu = server?.cpuSeconds() ?? 0;
  await rig.populate(20, conversations);
  const seconds = (performance.now() - begun) / 1000;
  const used = rig.switchboard.cpuSeconds() - cpu;
  const count = conversations - 20;
  const rest = [
    (count / seconds).toFixed(0),
    '',
    '',
    (used / seconds).toFixed(2),
    ((used * 1000) / count).toFixed(2),
    ...serverCells(server === undefined ? undefined : server.cpuSeconds() - serverCpu, count),
  ];
  console.log(
    `| ${[network, fsync ? 'on' : 'off', 'new conversation', '64 at once', ...rest].join(' | ')} |`,
  );
}

async function measure(network: Network, fsync: boolean, main: string | undefined): Promise<void> {
  const rig = await startRig({
    network,
    fsync,
    conversations,
    tenants: 4,
    agentsPerTenant: 25,
    ...(main === undefined ? {} : { main }),
    ...(postgres === undefined ? {} : { postgres: await postgres.createDatabase() }),
    startHomeserver: startLeanHomeserver,
  });
  try {
    await opening(rig, network, fsync);
    const inspector = values.profile === undefined ? undefined : await connectInspector(rig.inspectorPort);
    await inspector?.call('Profiler.enable');
    for (const direction of ['inwards', 'outwards'] as const) {
      const load = { direction, conversations, clients };
      // The first seconds are the compiler's.
      await runLoad(rig, { ...load, messages: Math.ceil(messages / 3) });
      await inspector?.call('Profiler.start');
      if (values.statements) await server?.statements(messages);
      const most = await measured(rig, { ...load, messages });
      if (values.statements)
        for (const line of (await server?.statements(messages)) ?? []) console.log(`  ${line}`);
      if (inspector !== undefined) {
        const { profile } = await inspector.call('Profiler.stop');
        writeFileSync(
          join(values.profile ?? '', `${network}-${direction}.cpuprofile`),
          JSON.stringify(profile),
        );
      }
      row(network, fsync, direction, `${String(clients)} clients`, most);
      const perSecond = Math.ceil(most[0].messages / most[0].seconds / 2);
      const half = await measured(rig, { ...load, messages: Math.ceil(messages / 2), perSecond });
      row(network, fsync, direction, `${String(perSecond)}/s offered`, half);
    }
    inspector?.close();
  } finally {
    await rig.close();
  }
}

console.log(
  '| network | fsync | direction | load | messages/s | ack p50, p99 ms | whole way p50, p99 ms | CPU: Switchboard / rest | CPU ms a message |' +
    (server === undefined ? '' : ' PostgreSQL CPU ms a message |'),
);
console.log(`|---|---|---|---|---|---|---|---|---|${server === undefined ? '' : '---|'}`);
for (let round = 0; round < Number(values.rounds); round += 1)
  for (const network of chosenNetworks)
    for (const fsync of chosenFsync)
      for (const main of values.main ?? [undefined]) {
        if (main !== undefined) console.log(`| ${main} |`);
        await measure(network, fsync, main);
      }
await server?.close();
await postgres?.stop();
process.exit();
