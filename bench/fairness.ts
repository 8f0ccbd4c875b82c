/**
 * What one tenant notices of another: the same trickle of messages inwards alone, beside a tenant that sends fifty times as much,
 * and beside one that sends as much as is taken (64 clients without a pause).
 *
 *     node bench/fairness.ts [--seconds 15] [--rate 20] [--rounds 3]
 */
import { parseArgs } from 'node:util';
import { startLeanHomeserver } from './rig/lean-homeserver.ts';
import { runLoad, type LoadResult } from './rig/load.ts';
import { startRig, type Rig } from './rig/rig.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '15' },
    rate: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '3' },
  },
});
const seconds = Number(values.seconds);
const rate = Number(values.rate);
const conversations = 400;
const factor = 50;

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

function row(round: number, beside: string, result: LoadResult, alone: LoadResult, other?: LoadResult): void {
  const p99 = result.arrived.at(0.99);
  const cells = [
    String(round),
    beside,
    other === undefined ? '' : (other.messages / other.seconds).toFixed(0),
    String(result.arrived),
    (p99 / alone.arrived.at(0.99)).toFixed(2),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}

console.log('| round | beside | the other: messages/s | p50, p99 ms | p99 to alone |');
console.log('|---|---|---|---|---|');
const rig = await startRig({
  network: 'loopback',
  fsync: true,
  conversations,
  tenants: 2,
  agentsPerTenant: 25,
  startHomeserver: startLeanHomeserver,
});
await rig.populate(0, conversations);
// The first seconds are the compiler's.
await heavy(rig, 3000);
for (let round = 1; round <= Number(values.rounds); round += 1) {
  const alone = await light(rig);
  row(round, 'nobody', alone, alone);
  const perSecond = factor * rate;
  const [within, steady] = await Promise.all([light(rig), heavy(rig, perSecond * seconds, perSecond)]);
  row(round, `${String(factor)} times as much`, within, alone, steady);
  // More than can be done in that time, so that there is no pause at the end.
  const [pressed, most] = await Promise.all([light(rig), heavy(rig, 2500 * seconds)]);
  row(round, 'as much as is taken', pressed, alone, most);
}
await rig.close();
process.exit();
