/**
 * What a conversation that fails for ever costs the others: two Switchboards in turns, one of which has a conversation whose room takes
 * nothing, with messages queued behind the first.
 *
 *     node bench/stuck.ts [--queued 10000] [--conversations 500] [--messages 3000] [--rounds 5] [--store embedded|postgres]
 */
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startBenchPostgres } from './rig/bench-postgres.ts';
import { startLeanHomeserver, type LeanHomeserver } from './rig/lean-homeserver.ts';
import { runLoad, type LoadResult } from './rig/load.ts';
import { startRig, type Rig } from './rig/rig.ts';

const { values } = parseArgs({
  options: {
    queued: { type: 'string', default: '10000' },
    conversations: { type: 'string', default: '500' },
    messages: { type: 'string', default: '3000' },
    rounds: { type: 'string', default: '5' },
    store: { type: 'string', default: 'embedded' },
  },
});
const queued = Number(values.queued);
const conversations = Number(values.conversations);
const messages = Number(values.messages);
const clients = 64;
const postgres = values.store === 'postgres' ? await startBenchPostgres() : undefined;

async function start(): Promise<{ readonly rig: Rig; readonly homeserver: LeanHomeserver }> {
  const { promise, resolve } = Promise.withResolvers<LeanHomeserver>();
  const rig = await startRig({
    network: 'loopback',
    fsync: true,
    conversations,
    tenants: 1,
    agentsPerTenant: 25,
    ...(postgres === undefined ? {} : { postgres: await postgres.createDatabase() }),
    startHomeserver: async (options) => {
      const homeserver = await startLeanHomeserver(options);
      resolve(homeserver);
      return homeserver;
    },
  });
  await rig.populate(0, conversations);
  return { rig, homeserver: await promise };
}

/** Conversation 0 is not among them. */
async function others(rig: Rig): Promise<LoadResult> {
  return runLoad(rig, {
    direction: 'inwards',
    conversations,
    conversationOf: (message) => 1 + (message % (conversations - 1)),
    messages,
    clients,
  });
}

async function depthOf(rig: Rig, queue: string): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${String(rig.httpPort)}/metrics`);
  const found = new RegExp(`^switchboard_queue_depth\\{queue="${queue}",tenant="all"\\} (\\d+)$`, 'm').exec(
    await answer.text(),
  );
  return Number(found?.[1]);
}

/** Breaks the room of conversation 0 and has its customer go on writing, until all of it waits for the room. */
async function getStuck(rig: Rig, homeserver: LeanHomeserver): Promise<void> {
  homeserver.breakRoom(rig.roomOf(0));
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < queued) await rig.customers.says(rig.tenantOf(0), 0, `stuck ${String((next += 1))}`);
  };
  await Promise.all(Array.from({ length: clients }, client));
  while ((await depthOf(rig, 'inbox')) > 0) await sleep(100);
}

const median = (all: readonly number[]): number =>
  all.toSorted((a, b) => a - b)[all.length >> 1] ?? Number.NaN;

const free = await start();
const stuck = await start();
await getStuck(stuck.rig, stuck.homeserver);
// The first seconds are the compiler's; the other one has had its messages too.
for (let done = 0; done < queued; done += messages) await others(free.rig);
await others(stuck.rig);
console.log(`waiting behind the one that fails: ${String(await depthOf(stuck.rig, 'outbox'))}`);
console.log(
  '| round | load average | free: messages/s | with one stuck | ratio | CPU ms a message | ratio |',
);
console.log('|---|---|---|---|---|---|---|');
const rates: number[] = [];
const costs: number[] = [];
for (let round = 1; round <= Number(values.rounds); round += 1) {
  // Who goes first takes turns, too.
  const first = round % 2 === 1 ? await others(free.rig) : undefined;
  const b = await others(stuck.rig);
  const a = first ?? (await others(free.rig));
  const rate = (of: LoadResult): number => of.messages / of.seconds;
  const cost = (of: LoadResult): number => (of.switchboardCpu * of.seconds * 1000) / of.messages;
  rates.push(rate(b) / rate(a));
  costs.push(cost(b) / cost(a));
  const cells = [
    String(round),
    (loadavg()[0] ?? 0).toFixed(1),
    rate(a).toFixed(0),
    rate(b).toFixed(0),
    (rate(b) / rate(a)).toFixed(2),
    `${cost(a).toFixed(2)}, ${cost(b).toFixed(2)}`,
    (cost(b) / cost(a)).toFixed(2),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}
console.log(`medians: rate ${median(rates).toFixed(2)}, CPU ${median(costs).toFixed(2)}`);
await free.rig.close();
await stuck.rig.close();
await postgres?.stop();
process.exit();
