/**
 * Start on a store with many conversations: until `/ready` says yes, and until the first message of a customer is in its room.
 *
 *     node bench/start.ts [--conversations 10000] [--times 5]
 */
import { parseArgs } from 'node:util';
import { startLeanHomeserver } from './rig/lean-homeserver.ts';
import { startRig, within } from './rig/rig.ts';

const { values } = parseArgs({
  options: { conversations: { type: 'string', default: '10000' }, times: { type: 'string', default: '5' } },
});
const conversations = Number(values.conversations);

const rig = await startRig({
  network: 'loopback',
  fsync: true,
  conversations,
  tenants: 4,
  agentsPerTenant: 25,
  startHomeserver: startLeanHomeserver,
});

/** Milliseconds from the start of the process. */
async function startOnce(name: string): Promise<{ readonly ready: number; readonly first: number }> {
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
  await within(shown, 30_000, 'the first message was not shown');
  return { ready: rig.switchboard.readyMs, first: performance.now() - startedAt };
}

async function report(count: number): Promise<void> {
  const times = [];
  for (let n = 0; n < Number(values.times); n += 1)
    times.push(await startOnce(`${String(count)} ${String(n)}`));
  const median = (all: number[]): string => (all.toSorted((a, b) => a - b)[all.length >> 1] ?? 0).toFixed(0);
  const cells = [
    String(count),
    median(times.map(({ ready }) => ready)),
    median(times.map(({ first }) => first)),
  ];
  console.log(`| ${cells.join(' | ')} | ${times.map(({ ready }) => ready.toFixed(0)).join(' ')} |`);
}

try {
  console.log(
    '| conversations | until ready, ms | until the first message is shown, ms | each start, ready |',
  );
  console.log('|---|---|---|---|');
  await rig.populate(0, 1);
  await report(1);
  await rig.populate(1, conversations);
  await report(conversations);
} finally {
  await rig.close();
}
process.exit();
