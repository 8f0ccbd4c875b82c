/**
 * One, two and three replicas on one PostgreSQL, in turns: webhooks and transactions go to each in turn. On a machine whose cores all of
 * them share with the server this shows what more replicas cost, not what they bring.
 *
 *     node bench/replicas.ts [--replicas 1,2,3] [--messages 3000] [--conversations 300] [--rounds 2] [--rate 100]
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { startBenchPostgres } from './rig/bench-postgres.ts';
import { startLeanHomeserver } from './rig/lean-homeserver.ts';
import { runLoad, type Direction, type LoadResult } from './rig/load.ts';
import { startRig, type Rig } from './rig/rig.ts';

const { values } = parseArgs({
  options: {
    replicas: { type: 'string', default: '1,2,3' },
    messages: { type: 'string', default: '3000' },
    conversations: { type: 'string', default: '300' },
    rounds: { type: 'string', default: '2' },
    rate: { type: 'string', default: '100' },
  },
});
const messages = Number(values.messages);
const conversations = Number(values.conversations);
const rate = Number(values.rate);

const postgres = await startBenchPostgres();

async function measured(rig: Rig, direction: Direction, perSecond?: number): Promise<LoadResult> {
  const load = { direction, conversations, clients: 64 };
  if (perSecond === undefined) return runLoad(rig, { ...load, messages });
  return runLoad(rig, { ...load, messages: perSecond * 10, perSecond });
}

/** By direction and load, of one replica in the same round. */
type Base = Map<string, LoadResult>;

function row(round: number, replicas: number, what: string, result: LoadResult, base: Base): void {
  const perSecond = result.messages / result.seconds;
  const one = base.get(what) ?? result;
  if (!base.has(what)) base.set(what, result);
  const cpu = (of: LoadResult): number => (of.switchboardCpu * 1000) / (of.messages / of.seconds);
  const cells = [
    String(round),
    String(replicas),
    what,
    perSecond.toFixed(0),
    (perSecond / (one.messages / one.seconds)).toFixed(2),
    String(result.acknowledged),
    String(result.arrived),
    cpu(result).toFixed(2),
    (cpu(result) / cpu(one)).toFixed(2),
    loadavg()[0]?.toFixed(1) ?? '',
  ];
  console.log(`| ${cells.join(' | ')} |`);
}

async function measure(round: number, replicas: number, base: Base): Promise<void> {
  const rig = await startRig({
    network: 'loopback',
    fsync: true,
    conversations,
    tenants: 4,
    agentsPerTenant: 25,
    replicas,
    postgres: await postgres.createDatabase(),
    startHomeserver: startLeanHomeserver,
  });
  try {
    await rig.populate(0, conversations);
    for (const direction of ['inwards', 'outwards'] as const) {
      // The first seconds are the compiler's.
      await runLoad(rig, { direction, conversations, clients: 64, messages: Math.ceil(messages / 3) });
      row(round, replicas, `${direction}, 64 clients`, await measured(rig, direction), base);
      const offered = await measured(rig, direction, rate);
      row(round, replicas, `${direction}, ${String(rate)}/s offered`, offered, base);
    }
  } finally {
    await rig.close();
  }
}

console.log(
  '| round | replicas | load | messages/s | ratio to the first | ack p50, p99 ms | whole way p50, p99 ms | CPU ms a message, all replicas | ratio | load average |',
);
console.log(`|${' --- |'.repeat(10)}`);
for (let round = 1; round <= Number(values.rounds); round += 1) {
  const base: Base = new Map();
  for (const replicas of values.replicas.split(',')) await measure(round, Number(replicas), base);
}
await postgres.stop();
process.exit();
