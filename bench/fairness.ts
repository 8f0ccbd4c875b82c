/**
 * What one tenant notices of another: the same trickle of messages inwards alone, beside a tenant that sends fifty times as much,
 * and (`--pressed`) beside one that sends as much as is taken (64 clients without a pause).
 *
 *     node bench/fairness.ts [--seconds 10] [--rate 20] [--rounds 5] [--store embedded|postgres] [--pressed] [--main FILE]...
 *
 * `--main`: another checkout's `src/main.ts`; given several times, they are measured in turns, to compare states of the code.
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { startBenchPostgres } from './rig/bench-postgres.ts';
import { connectInspector } from './rig/inspector.ts';
import { startLeanHomeserver } from './rig/lean-homeserver.ts';
import { runLoad, type LoadResult } from './rig/load.ts';
import { startRig, type Rig } from './rig/rig.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    rate: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '5' },
    store: { type: 'string', default: 'embedded' },
    pressed: { type: 'boolean', default: false },
    main: { type: 'string', multiple: true },
  },
});
const seconds = Number(values.seconds);
const rate = Number(values.rate);
const conversations = 400;
const factor = 50;
const postgres = values.store === 'postgres' ? await startBenchPostgres() : undefined;

/** Conversations take turns between the two tenants: the even ones are the heavy tenant's, the odd ones the light one's. */
const ofHeavy = (message: number): number => (message * 2) % conversations;
const ofLight = (message: number): number => (message * 2 + 1) % conversations;

async function light(rig: Rig): Promise<LoadResult> {
  return runLoad(rig, {
    direction: 'inwards',
    conversations,
    conversationOf: ofLight,
    messages: rate * seconds,
    perSecond: rate,
    clients: 1,
  });
}

async function heavy(rig: Rig, messages: number, perSecond?: number): Promise<LoadResult> {
  return runLoad(rig, {
    direction: 'inwards',
    conversations,
    conversationOf: ofHeavy,
    messages,
    clients: 64,
    ...(perSecond === undefined ? {} : { perSecond }),
  });
}

/** What Switchboard's thread did since it was asked last. */
interface Thread {
  /** Milliseconds. */
  readonly longestPause: number;
  readonly longestCollection: number;
  /** Share of the time. */
  readonly busy: number;
}

async function watchThread(rig: Rig): Promise<{ now(): Promise<Thread>; close(): void }> {
  const inspector = await connectInspector(rig.inspectorPort);
  const evaluate = async (expression: string): Promise<unknown> => {
    const { result } = await inspector.call('Runtime.evaluate', { expression, returnByValue: true });
    return (result as { value: unknown }).value;
  };
  await evaluate(`{
    const { monitorEventLoopDelay, PerformanceObserver } = process.getBuiltinModule('node:perf_hooks');
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    let longestCollection = 0;
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) longestCollection = Math.max(longestCollection, duration);
    }).observe({ entryTypes: ['gc'] });
    let before = performance.eventLoopUtilization();
    globalThis.threadOfBench = () => {
      const thread = { longestPause: delay.max / 1e6, longestCollection, busy: performance.eventLoopUtilization(before).utilization };
      delay.reset();
      longestCollection = 0;
      before = performance.eventLoopUtilization();
      return thread;
    };
  }`);
  return {
    now: async () => (await evaluate('threadOfBench()')) as Thread,
    close: () => {
      inspector.close();
    },
  };
}

interface Subject {
  readonly name: string;
  readonly rig: Rig;
  readonly thread: Awaited<ReturnType<typeof watchThread>>;
  /** p99 in each round. */
  readonly alone: number[];
  readonly beside: number[];
}

async function open(main: string | undefined): Promise<Subject> {
  const rig = await startRig({
    network: 'loopback',
    fsync: true,
    conversations,
    tenants: 2,
    agentsPerTenant: 25,
    ...(main === undefined ? {} : { main }),
    ...(postgres === undefined ? {} : { postgres: await postgres.createDatabase() }),
    startHomeserver: startLeanHomeserver,
  });
  await rig.populate(0, conversations);
  // The first seconds are the compiler's.
  await heavy(rig, 3000);
  return { name: main ?? '', rig, thread: await watchThread(rig), alone: [], beside: [] };
}

async function row(
  { name, thread }: Subject,
  beside: string,
  result: LoadResult,
  alone: number,
  other?: LoadResult,
): Promise<void> {
  const { longestPause, longestCollection, busy } = await thread.now();
  const cells = [
    ...(values.main === undefined ? [] : [name]),
    (loadavg()[0] ?? 0).toFixed(1),
    beside,
    String(result.arrived),
    (result.arrived.at(0.99) / alone).toFixed(2),
    other === undefined ? '' : `${(other.messages / other.seconds).toFixed(0)}: ${String(other.arrived)}`,
    `${(busy * 100).toFixed(0)} %, ${longestPause.toFixed(0)}, ${longestCollection.toFixed(0)}`,
  ];
  console.log(`| ${cells.join(' | ')} |`);
}

async function measure(subject: Subject): Promise<void> {
  const { rig, thread } = subject;
  await thread.now();
  const alone = await light(rig);
  const p99 = alone.arrived.at(0.99);
  subject.alone.push(p99);
  await row(subject, 'nobody', alone, p99);
  const perSecond = factor * rate;
  const [within, steady] = await Promise.all([light(rig), heavy(rig, perSecond * seconds, perSecond)]);
  subject.beside.push(within.arrived.at(0.99));
  await row(subject, `${String(factor)} times as much`, within, p99, steady);
  if (!values.pressed) return;
  // More than can be done in that time, so that there is no pause at the end.
  const [pressed, most] = await Promise.all([light(rig), heavy(rig, 2500 * seconds)]);
  await row(subject, 'as much as is taken', pressed, p99, most);
}

const median = (all: readonly number[]): number =>
  all.toSorted((a, b) => a - b)[all.length >> 1] ?? Number.NaN;

const subjects: Subject[] = [];
for (const main of values.main ?? [undefined]) subjects.push(await open(main));
const first = values.main === undefined ? '' : ' state |';
console.log(
  `|${first} load average | beside | p50, p99 ms | p99 to alone | the other: messages/s: p50, p99 ms | thread busy, longest pause, longest collection ms |`,
);
console.log(`|${first === '' ? '' : '---|'}---|---|---|---|---|---|`);
for (let round = 0; round < Number(values.rounds); round += 1)
  for (const subject of subjects) await measure(subject);
for (const { name, alone, beside } of subjects)
  console.log(
    `${name} medians of the rounds: p99 alone ${median(alone).toFixed(1)}, beside ${median(beside).toFixed(1)}, ratio ${(median(beside) / median(alone)).toFixed(2)}`,
  );
for (const { rig, thread } of subjects) {
  // A process that is to end waits for whoever inspects it to go first.
  thread.close();
  await rig.close();
}
await postgres?.stop();
process.exit();
