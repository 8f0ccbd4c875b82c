/**
 * Messages that wait because the homeserver is away: what they take in Switchboard's memory. The first thousands come as webhooks, the
 * rest are copies of their deliveries in the database, taken up by a start; then the homeserver is back, and some of them leave.
 *
 *     node bench/waiting.ts [--messages 1000000] [--conversations 200] [--webhooks 4000]
 */
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { deliveries } from '../src/delivery/collections.ts';
import type { DeliveryRecord } from '../src/delivery/delivery.ts';
import { systemClock } from '../src/platform/clock.ts';
import { as, type DeliveryId, type TenantId } from '../src/platform/ids.ts';
import { silentLogger } from '../src/platform/log.ts';
import { openPostgresStore } from '../src/store/postgres/open-postgres-store.ts';
import { put, type Stored } from '../src/store/store.ts';
import { startBenchPostgres } from './rig/bench-postgres.ts';
import { startLeanHomeserver, type LeanHomeserver } from './rig/lean-homeserver.ts';
import { processFigures } from './rig/process-figures.ts';
import { startRig } from './rig/rig.ts';
import { runWebhooks } from './rig/webhook-load.ts';

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '1000000' },
    conversations: { type: 'string', default: '200' },
    webhooks: { type: 'string', default: '4000' },
  },
});
const messages = Number(values.messages);
const conversations = Number(values.conversations);
const webhooks = Number(values.webhooks);
const tenants = 4;
const settleMs = 5000;
const pageSize = 1000;
const mebibytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1);

const postgres = await startBenchPostgres();
const database = await postgres.createDatabase();
let homeserver: LeanHomeserver | undefined;
const rig = await startRig({
  network: 'loopback',
  fsync: true,
  conversations,
  tenants,
  agentsPerTenant: 5,
  postgres: database,
  startHomeserver: async (options) => (homeserver = await startLeanHomeserver(options)),
});
let shown = 0;
rig.homeserver.onShown(() => (shown += 1));

/** What waits, of one tenant. */
async function waitingOf(
  store: Awaited<ReturnType<typeof openPostgresStore>>,
  tenant: TenantId,
): Promise<Stored<DeliveryRecord>[]> {
  const found: Stored<DeliveryRecord>[] = [];
  for (;;) {
    const last = found.at(-1);
    const page = await store.find(tenant, deliveries, {
      index: 'byQueued',
      equals: [true],
      limit: pageSize,
      ...(last === undefined ? {} : { after: last }),
    });
    found.push(...page);
    if (page.length < pageSize) return found;
  }
}

/** As they are, with ids and places of their own behind the others; gives how many wait then. */
async function multiply(): Promise<number> {
  const store = await openPostgresStore({
    connectionString: database,
    clock: systemClock,
    logger: silentLogger,
  });
  let there = 0;
  try {
    const names = Array.from({ length: tenants }, (_, n) => as<TenantId>(`t${String(n)}`));
    for (const tenant of names) {
      const originals = await waitingOf(store, tenant);
      there += originals.length;
      const furthest = Math.max(...originals.map(({ value }) => value.sequence));
      const wanted = messages / tenants - originals.length;
      for (let made = 0; made < wanted; made += pageSize) {
        const writes = Array.from({ length: Math.min(pageSize, wanted - made) }, (_, n) => {
          const value = originals[(made + n) % originals.length]?.value;
          if (value === undefined) throw new Error('nothing waits');
          const id = as<DeliveryId>(`${value.id}-${String(made + n)}`);
          return put(deliveries, id, { ...value, id, sequence: furthest + 1 + made + n }, 'absent');
        });
        await store.commit(tenant, writes);
        there += writes.length;
      }
    }
  } finally {
    await store.close();
  }
  return there;
}

async function row(waiting: number, when: string, more = ''): Promise<void> {
  await sleep(settleMs);
  const { heapBytes, rssBytes } = await processFigures(rig);
  const load = loadavg()[0]?.toFixed(1) ?? '';
  console.log(
    `| ${[String(waiting), when, mebibytes(heapBytes), mebibytes(rssBytes), more, load].join(' | ')} |`,
  );
}

console.log('| messages waiting | when | heap MiB | RSS MiB | note | load average |');
console.log(`|${' --- |'.repeat(6)}`);
try {
  await rig.populate(0, conversations);
  await row(0, 'warmed up');
  homeserver?.setAway(true);
  let taken = 0;
  while (taken < webhooks) {
    const load = { customers: rig.customers, tenants, conversations, seconds: 2, mostUnderWay: 64 };
    taken += (await runWebhooks(load)).taken.count;
  }
  await row(taken, 'came as webhooks');
  await rig.switchboard.stop();
  const all = await multiply();
  await rig.restart(false);
  await row(all, 'taken up by a start', `ready after ${(rig.switchboard.readyMs / 1000).toFixed(1)} s`);
  shown = 0;
  homeserver?.setAway(false);
  const began = performance.now();
  const enough = Math.min(20_000, messages / 2);
  while (shown < enough && performance.now() - began < 300_000) await sleep(100);
  const rate = (shown / ((performance.now() - began) / 1000)).toFixed(0);
  await row(all - shown, 'the homeserver is back', `${String(shown)} left, ${rate}/s`);
} finally {
  await rig.close();
  await postgres.stop();
}
process.exit();
