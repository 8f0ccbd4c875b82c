/**
 * What events cost while somebody listens: processor time a message inwards, in turns for a tenant to which nobody listens, one with a
 * webhook, one with a stream; until the listener has heard of each message.
 *
 *     node bench/events.ts [--messages 1500] [--rounds 3] [--store embedded|postgres]
 */
import { randomBytes } from 'node:crypto';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startBenchPostgres } from './rig/bench-postgres.ts';
import { readStream, startHookReceiver, type Listener } from './rig/event-listeners.ts';
import { startLeanHomeserver } from './rig/lean-homeserver.ts';
import { runLoad } from './rig/load.ts';
import { startRig, within } from './rig/rig.ts';
import { tenantName } from './rig/switchboard.ts';

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '1500' },
    rounds: { type: 'string', default: '3' },
    store: { type: 'string', default: 'embedded' },
  },
});
const messages = Number(values.messages);
const subjects = ['nobody', 'a webhook', 'a stream'] as const;
const conversationsEach = 50;
const conversations = conversationsEach * subjects.length;
const token = randomBytes(24).toString('base64url');

const postgres = values.store === 'postgres' ? await startBenchPostgres() : undefined;
const receiver = await startHookReceiver();
// Switchboard has its environment from us.
process.env['BENCH_HOOK_ORIGIN'] = receiver.origin;
process.env['SWITCHBOARD__HTTP__OPERATOR_TOKEN'] = token;
process.env['BENCH_SECRETS_KEY'] = randomBytes(32).toString('base64');
process.env['SWITCHBOARD__SECRETS__KEYS'] = JSON.stringify([{ id: 'bench', env: 'BENCH_SECRETS_KEY' }]);
const rig = await startRig({
  network: 'loopback',
  fsync: true,
  conversations,
  tenants: subjects.length,
  agentsPerTenant: 10,
  main: new URL('rig/main-with-local-hooks.ts', import.meta.url).pathname,
  ...(postgres === undefined ? {} : { postgres: await postgres.createDatabase() }),
  startHomeserver: startLeanHomeserver,
});
await rig.populate(0, conversations);

const tenants = `http://127.0.0.1:${String(rig.httpPort)}/api/v1/tenants`;
const made = await fetch(`${tenants}/${tenantName(1)}/webhooks`, {
  method: 'POST',
  headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  body: JSON.stringify({ url: `${receiver.origin}/events` }),
});
if (made.status !== 201) throw new Error(`no webhook: ${await made.text()}`);
const stream = await readStream(`${tenants}/${tenantName(2)}/events`, token);
const listeners: readonly (Listener | undefined)[] = [undefined, receiver, stream];

/** Milliseconds of processor time a message. */
async function measure(subject: number, count: number): Promise<number> {
  const listener = listeners[subject];
  const heard = listener?.heard ?? 0;
  const before = rig.switchboard.cpuSeconds();
  await runLoad(rig, {
    direction: 'inwards',
    conversations,
    conversationOf: (message) => (message % conversationsEach) * subjects.length + subject,
    messages: count,
    clients: 8,
  });
  const hears = async (): Promise<void> => {
    while (listener !== undefined && listener.heard < heard + count) await sleep(5);
  };
  await within(hears(), 60_000, `${String(count)} events were not heard`);
  return ((rig.switchboard.cpuSeconds() - before) * 1000) / count;
}

// The first seconds are the compiler's.
for (const subject of subjects.keys()) await measure(subject, 500);
const figures = subjects.map((): number[] => []);
console.log('| load average | listens | processor time a message, ms | to nobody |\n|---|---|---|---|');
for (let round = 0; round < Number(values.rounds); round += 1)
  for (const [subject, name] of subjects.entries()) {
    const load = (loadavg()[0] ?? 0).toFixed(1);
    const each = await measure(subject, messages);
    figures[subject]?.push(each);
    const ratio = each / (figures[0]?.at(-1) ?? Number.NaN);
    console.log(`| ${load} | ${name} | ${each.toFixed(2)} | ${ratio.toFixed(2)} |`);
  }
const median = (all: readonly number[]): number =>
  all.toSorted((a, b) => a - b)[all.length >> 1] ?? Number.NaN;
const [nobody = Number.NaN, ...others] = figures.map(median);
console.log(
  `medians of the rounds, to nobody: ${others.map((each, n) => `${subjects[n + 1] ?? ''} ${(each / nobody).toFixed(2)}`).join(', ')}`,
);
await stream.close();
await rig.close();
await receiver.close();
await postgres?.stop();
process.exit();
