/**
 * Start on a store with many conversations: until `/ready` says yes, and until the first message of a customer is in its room.
 *
 *     node bench/start.ts [--conversations 10000,100000] [--times 5] [--store embedded|postgres] [--main FILE]...
 *
 * Some conversations are had, the rest are copies of them. `--main`: another checkout's `src/main.ts`; given several times, they are
 * measured one after the other.
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { startLeanHomeserver } from './rig/lean-homeserver.ts';
import { startBenchPostgres } from './rig/bench-postgres.ts';
import { startRig, within, type Rig } from './rig/rig.ts';

const { values } = parseArgs({
  options: {
    conversations: { type: 'string', default: '10000,100000' },
    times: { type: 'string', default: '5' },
    store: { type: 'string', default: 'embedded' },
    main: { type: 'string', multiple: true },
  },
});
const tenants = 4;
const templates = 100;
const server = values.store === 'postgres' ? await startBenchPostgres() : undefined;

/** Milliseconds from the start of the process. */
async function startOnce(
  rig: Rig,
  name: string,
): Promise<{ readonly ready: number; readonly cpu: number; readonly first: number }> {
  await rig.switchboard.stop();
  const startedAt = performance.now();
  await rig.restart(false);
  const text = `first ${name}`;
  const shown = new Promise<void>((resolve) => {
    rig.homeserver.onShown((said) => {
      if (said === text) resolve();
    });
  });
  await rig.customers.says(rig.tenantOf(0), 0, text);
  await within(shown, 60_000, 'the first message was not shown');
  const { readyMs, readyCpuSeconds } = rig.switchboard;
  return { ready: readyMs, cpu: readyCpuSeconds * 1000, first: performance.now() - startedAt };
}

async function report(rig: Rig, main: string | undefined, count: number): Promise<void> {
  const times = [];
  for (let n = 0; n < Number(values.times); n += 1)
    times.push(await startOnce(rig, `${String(count)} ${String(n)}`));
  const median = (all: number[]): string => (all.toSorted((a, b) => a - b)[all.length >> 1] ?? 0).toFixed(0);
  const cells = [
    main ?? 'this',
    String(count),
    median(times.map(({ ready }) => ready)),
    median(times.map(({ cpu }) => cpu)),
    median(times.map(({ first }) => first)),
    (loadavg()[0] ?? 0).toFixed(1),
  ];
  console.log(
    `| ${cells.join(' | ')} | ${times.map(({ ready, cpu }) => `${ready.toFixed(0)} (${cpu.toFixed(0)})`).join(', ')} |`,
  );
}

async function measure(main: string | undefined): Promise<void> {
  const rig = await startRig({
    network: 'loopback',
    fsync: true,
    conversations: templates,
    tenants,
    agentsPerTenant: 25,
    ...(main === undefined ? {} : { main }),
    ...(server === undefined ? {} : { postgres: await server.createDatabase() }),
    startHomeserver: startLeanHomeserver,
  });
  try {
    await rig.populate(0, templates);
    await report(rig, main, templates);
    let there = templates;
    for (const count of values.conversations.split(',').map(Number)) {
      await rig.fill((count - there) / templates);
      there = count;
      await report(rig, main, count);
    }
  } finally {
    await rig.close();
  }
}

try {
  console.log(
    '| main | conversations | until ready, ms | processor time until then, ms | until the first message is shown, ms | load average | each start: ready (processor time) |',
  );
  console.log('|---|---|---|---|---|---|---|');
  for (const main of values.main ?? [undefined]) await measure(main);
} finally {
  await server?.stop();
}
process.exit();
