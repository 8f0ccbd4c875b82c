/**
 * Memory of a conversation in which nothing happens: one that was opened by a customer's first word, has its room and its agent.
 *
 *     node bench/idle-memory.ts [--steps 0,5000,10000]
 */
import { parseArgs } from 'node:util';
import { startLeanHomeserver } from './rig/lean-homeserver.ts';
import { memoryAtRest, type Memory } from './rig/memory.ts';
import { startRig } from './rig/rig.ts';

const { values } = parseArgs({ options: { steps: { type: 'string', default: '0,5000,10000' } } });
const steps = values.steps.split(',').map(Number);

const rig = await startRig({
  network: 'loopback',
  fsync: false,
  conversations: Math.max(...steps),
  tenants: 4,
  agentsPerTenant: 25,
  startHomeserver: startLeanHomeserver,
});

function row(conversations: number, when: string, memory: Memory, none: Memory | undefined): void {
  const mebibytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1);
  const each = (now: number, before: number): string =>
    conversations === 0 ? '' : ((now - before) / conversations / 1024).toFixed(2);
  const cells = [
    String(conversations),
    when,
    mebibytes(memory.heapBytes),
    mebibytes(memory.rssBytes),
    none === undefined ? '' : each(memory.heapBytes, none.heapBytes),
    none === undefined ? '' : each(memory.rssBytes, none.rssBytes),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}

try {
  console.log('| conversations | when | heap MiB | RSS MiB | heap KiB each | RSS KiB each |');
  console.log('|---|---|---|---|---|---|');
  // What the first conversations bring (code compiled, pools opened) is no conversation's.
  await rig.populate(0, 50);
  const none = await memoryAtRest(rig);
  row(0, 'warmed up', none, undefined);
  let there = 50;
  for (const step of steps.filter((count) => count > 50)) {
    await rig.populate(there, step);
    there = step;
    row(step, 'opened', await memoryAtRest(rig), none);
  }
  await rig.restart();
  row(there, 'after a restart', await memoryAtRest(rig), none);
} finally {
  await rig.close();
}
process.exit();
