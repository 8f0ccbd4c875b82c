/**
 * Memory of a conversation in which nothing happens: one that was opened by a customer's first word, has its room and its agent.
 *
 *     node bench/idle-memory.ts [--steps 0,5000,10000] [--copies 0] [--store embedded|postgres] [--main FILE]
 *
 * `--copies`: then so many more are added to the store as copies. `--main`: another checkout's `src/main.ts`.
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { startLeanHomeserver } from './rig/lean-homeserver.ts';
import { leasesGivenBack } from './rig/leases.ts';
import { memoryAtRest, type Memory } from './rig/memory.ts';
import { startBenchPostgres } from './rig/bench-postgres.ts';
import { startRig } from './rig/rig.ts';

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '0,5000,10000' },
    copies: { type: 'string', default: '0' },
    store: { type: 'string', default: 'embedded' },
    main: { type: 'string' },
  },
});
const steps = values.steps.split(',').map(Number);
const warmUp = 50;
const server = values.store === 'postgres' ? await startBenchPostgres() : undefined;

const rig = await startRig({
  network: 'loopback',
  fsync: false,
  conversations: Math.max(...steps),
  tenants: 4,
  agentsPerTenant: 25,
  ...(values.main === undefined ? {} : { main: values.main }),
  ...(server === undefined ? {} : { postgres: await server.createDatabase() }),
  startHomeserver: startLeanHomeserver,
});

interface Measured extends Memory {
  readonly conversations: number;
}

/** Prints what there is now, and what each conversation more than in `before` costs. */
function row(now: Measured, when: string, before?: Measured): void {
  const mebibytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1);
  const each = (part: 'heapBytes' | 'rssBytes'): string =>
    before === undefined || before.conversations === now.conversations
      ? ''
      : ((now[part] - before[part]) / (now.conversations - before.conversations) / 1024).toFixed(2);
  const cells = [
    String(now.conversations),
    when,
    mebibytes(now.heapBytes),
    mebibytes(now.rssBytes),
    each('heapBytes'),
    each('rssBytes'),
    (loadavg()[0] ?? 0).toFixed(1),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}

const measured = async (conversations: number): Promise<Measured> => ({
  conversations,
  ...(await memoryAtRest(rig)),
});

try {
  console.log('| conversations | when | heap MiB | RSS MiB | heap KiB each | RSS KiB each | load average |');
  console.log('|---|---|---|---|---|---|---|');
  // What the first conversations bring (code compiled, pools opened) is no conversation's.
  await rig.populate(0, warmUp);
  if (server !== undefined) await leasesGivenBack(rig);
  const none = await measured(warmUp);
  row(none, 'warmed up');
  let there = warmUp;
  for (const step of steps.filter((count) => count > warmUp)) {
    await rig.populate(there, step);
    there = step;
    row(await measured(there), 'opened', none);
    if (server === undefined) continue;
    await leasesGivenBack(rig);
    row(await measured(there), 'leases given back', none);
  }
  await rig.restart();
  const restarted = await measured(there);
  row(restarted, 'after a restart');
  const copiesEach = Math.round(Number(values.copies) / there);
  if (copiesEach > 0) {
    await rig.fill(copiesEach);
    row(await measured(there * (1 + copiesEach)), 'with copies, after a restart', restarted);
  }
} finally {
  await rig.close();
  await server?.stop();
}
process.exit();
