/**
 * A steady load for a long time, minute by minute: does the rate hold, does anything grow? Ends with a verdict; exit code 1 where
 * something grew, or a message was lost or came twice.
 *
 *     npm run soak -- [--minutes 60] [--rate 100] [--answers 0.2] [--store postgres|embedded] [--conversations 200] [--warm-up MINUTES] [--out FILE]
 *
 * `--rate`: customers' messages a second; `--answers`: agents' messages for each of them. `--out`: where all of it is written as well.
 */
import { appendFileSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startBenchPostgres } from './rig/bench-postgres.ts';
import { judgeGrowth, type Series } from './rig/growth.ts';
import { startLeanHomeserver } from './rig/lean-homeserver.ts';
import { memoryAtRest } from './rig/memory.ts';
import { processFigures, type ProcessFigures } from './rig/process-figures.ts';
import { startRig } from './rig/rig.ts';
import { startSteadyLoad, type Stretch } from './rig/steady-load.ts';
import { watchDirectory, watchPostgres, type StoreFigures } from './rig/store-figures.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    rate: { type: 'string', default: '100' },
    answers: { type: 'string', default: '0.2' },
    store: { type: 'string', default: 'postgres' },
    conversations: { type: 'string', default: '200' },
    'warm-up': { type: 'string' },
    out: { type: 'string' },
  },
});
const minutes = Number(values.minutes);
const rate = Number(values.rate);
const conversations = Number(values.conversations);
const isPostgres = values.store === 'postgres';
/** Until the compiler is done, caches are full and pools as large as they become. */
const warmUp = Number(values['warm-up'] ?? Math.max(1, Math.min(15, Math.floor(minutes / 4))));
const began = new Date().toISOString().slice(0, 16);
const out = values.out ?? join(tmpdir(), `switchboard-soak-${began.replaceAll(':', '')}.md`);
/** Longer than sockets without work are kept on either side. */
const idleMs = 65_000;
const mebibytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1);

function say(line: string): void {
  console.log(line);
  appendFileSync(out, `${line}\n`);
}

interface Minute {
  readonly stretch: Stretch;
  readonly process: ProcessFigures;
  readonly store: StoreFigures;
}

function row(
  minute: number,
  { stretch, process: held, store }: Minute,
  underWay: number,
  cpuSeconds: number,
): void {
  const messages = stretch.inwards + stretch.outwards;
  const cells = [
    String(minute),
    (stretch.inwards / stretch.seconds).toFixed(1),
    (stretch.outwards / stretch.seconds).toFixed(1),
    String(stretch.refused),
    String(underWay),
    String(stretch.acknowledged),
    String(stretch.wholeWayIn),
    String(stretch.wholeWayOut),
    mebibytes(held.heapBytes),
    mebibytes(held.rssBytes),
    String(held.handles),
    String(held.openFiles),
    String(store.connections),
    mebibytes(store.bytes),
    ((cpuSeconds * 1000) / Math.max(1, messages)).toFixed(2),
    loadavg()[0]?.toFixed(1) ?? '',
  ];
  say(`| ${cells.join(' | ')} |`);
}

/** Sockets and connections of a pool come and go with the load: some more mean nothing, nor do those that are gone when it is over. */
function series(
  after: readonly Minute[],
  atRest: Pick<Minute, 'process' | 'store'>,
): (Series & { readonly atRest?: number })[] {
  const typical = { judgedBy: 'typical', allowed: { share: 0.05, atLeast: 2 * 1024 * 1024 } } as const;
  const least = { judgedBy: 'least', allowed: { share: 0.05, atLeast: 5 } } as const;
  return [
    { name: 'heap, MiB', values: after.map((one) => one.process.heapBytes), ...typical },
    {
      name: 'RSS, MiB',
      values: after.map((one) => one.process.rssBytes),
      ...typical,
      allowed: { share: 0.05, atLeast: 8 * 1024 * 1024 },
    },
    {
      name: 'handles',
      values: after.map((one) => one.process.handles),
      ...least,
      atRest: atRest.process.handles,
    },
    {
      name: 'open files',
      values: after.map((one) => one.process.openFiles),
      ...least,
      atRest: atRest.process.openFiles,
    },
    {
      name: 'connections to the database',
      values: after.map((one) => one.store.connections),
      ...least,
      atRest: atRest.store.connections,
    },
  ];
}

/** What was wrong, in words. */
async function soak(): Promise<string[]> {
  const postgres = isPostgres ? await startBenchPostgres() : undefined;
  const database = await postgres?.createDatabase();
  const rig = await startRig({
    network: 'loopback',
    fsync: true,
    conversations,
    tenants: 4,
    agentsPerTenant: 5,
    ...(database === undefined ? {} : { postgres: database }),
    startHomeserver: startLeanHomeserver,
  });
  const watch =
    postgres === undefined || database === undefined
      ? watchDirectory(join(rig.directory, 'data'))
      : await watchPostgres(postgres.adminUrl, database);
  try {
    await rig.populate(0, conversations);
    const load = startSteadyLoad(rig, {
      conversations,
      inwardsPerSecond: rate,
      outwardsPerSecond: rate * Number(values.answers),
    });
    const all: Minute[] = [];
    let cpu = rig.switchboard.cpuSeconds();
    for (let minute = 1; minute <= minutes; minute += 1) {
      await sleep(60_000);
      const stretch = load.takeStretch();
      const used = rig.switchboard.cpuSeconds() - cpu;
      const underWay = load.underWay();
      const [held, store] = await load.withoutTimes(async () =>
        Promise.all([processFigures(rig), watch.figures()]),
      );
      cpu = rig.switchboard.cpuSeconds();
      all.push({ stretch, process: held, store });
      row(minute, { stretch, process: held, store }, underWay, used);
    }
    await load.stop();
    // Sockets that a busier time opened are kept for a minute: what is leaked is there after it, too.
    await sleep(idleMs);
    const [held, store] = await Promise.all([processFigures(rig), watch.figures()]);
    say('');
    const wrong = verdict(all, { process: held, store });
    if (!isPostgres) await sayWhatRecordsTake();
    return wrong;
  } finally {
    await watch.close();
    await rig.close();
    await postgres?.stop();
  }

  /** The embedded store has its records in memory: what they take is there again after a restart, what leaked is not. */
  async function sayWhatRecordsTake(): Promise<void> {
    const before = await memoryAtRest(rig);
    await rig.restart();
    const after = await memoryAtRest(rig);
    const share = ((before.heapBytes / after.heapBytes - 1) * 100).toFixed(1);
    say(
      `Heap at rest ${mebibytes(before.heapBytes)} MiB, after a restart on the same records ${mebibytes(after.heapBytes)} MiB: ${share} % was not records.`,
    );
  }
}

function verdict(all: readonly Minute[], atRest: Pick<Minute, 'process' | 'store'>): string[] {
  const after = all.slice(warmUp);
  const offered = rate * after.reduce((sum, { stretch }) => sum + stretch.seconds, 0);
  const arrived = after.reduce((sum, { stretch }) => sum + stretch.inwards, 0);
  const refused = all.reduce((sum, { stretch }) => sum + stretch.refused, 0);
  say(`Of the ${String(after.length)} minutes after the warm-up, first third and last third:`);
  say('');
  say('| what | first | last | change | a minute after the load |');
  say('| --- | --- | --- | --- | --- |');
  const wrong: string[] = [];
  for (const { atRest: least = Infinity, ...one } of series(after, atRest)) {
    const { name, first, last, grew } = judgeGrowth(one);
    const figure = (value: number): string => (name.endsWith('MiB') ? mebibytes(value) : String(value));
    const change = `${(((last - first) / Math.max(1, first)) * 100).toFixed(1)} %`;
    const rested = Number.isFinite(least) ? figure(least) : '';
    say(`| ${name} | ${figure(first)} | ${figure(last)} | ${change} | ${rested} |`);
    // By design the embedded store's records are in memory.
    if (grew && least > first && (isPostgres || !name.endsWith('MiB'))) wrong.push(`${name}: grew`);
  }
  say('');
  say(`Inwards ${String(arrived)} of ${offered.toFixed(0)} offered; refused ${String(refused)}.`);
  if (arrived < offered * 0.98) wrong.push('the rate did not hold');
  return wrong;
}

writeFileSync(out, '');
console.error(`also written to ${out}`);
say(
  `Soak on ${values.store}: ${values.minutes} minutes (warm-up ${String(warmUp)}), ${values.rate} messages a second inwards, ${values.answers} answers for each, ${values.conversations} conversations. Began ${began} UTC.`,
);
say('');
say(
  '| minute | in/s | out/s | refused | under way | ack p50, p99 ms | in: whole way p50, p99 ms | out: whole way p50, p99 ms | heap MiB | RSS MiB | handles | files | DB connections | store MiB | CPU ms a message | load average |',
);
say(`|${' --- |'.repeat(16)}`);
const wrong = await soak().catch((error: unknown) => [
  error instanceof Error ? error.message : String(error),
]);
say(wrong.length === 0 ? 'Verdict: nothing grew.' : `Verdict: ${wrong.join('; ')}.`);
process.exit(wrong.length === 0 ? 0 : 1);
