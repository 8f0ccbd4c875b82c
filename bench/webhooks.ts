/**
 * Webhooks accepted: at a rate, as many as go, and far more than go; in turns with a bare server that verifies and stores each webhook
 * and does nothing else with it.
 *
 *     node bench/webhooks.ts [--store postgres|embedded]... [--seconds 60] [--rate 300] [--overload 5000] [--profile DIRECTORY]
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort } from '../dev/free-ports.ts';
import { startBenchPostgres } from './rig/bench-postgres.ts';
import { startCustomers, type Customers } from './rig/customers.ts';
import { connectInspector } from './rig/inspector.ts';
import { startLeanHomeserver } from './rig/lean-homeserver.ts';
import { rest } from './rig/memory.ts';
import { startRig } from './rig/rig.ts';
import { runWebhooks, type WebhookResult } from './rig/webhook-load.ts';

const { values } = parseArgs({
  options: {
    store: { type: 'string', multiple: true, default: ['postgres', 'embedded'] },
    seconds: { type: 'string', default: '60' },
    rate: { type: 'string', default: '300' },
    overload: { type: 'string', default: '5000' },
    profile: { type: 'string' },
  },
});
const seconds = Number(values.seconds);
const most = Math.max(5, seconds / 4);
const conversations = 400;
const tenants = 4;
/** More than Switchboard works on at once. */
const connections = 400;

const header = 'store | who | load | taken/s | ratio to bare | answered 200: p50, p99 ms | p99.9, most ms';
const moreHeader =
  'refused | refused: p50, p99, most ms | without Retry-After | failed | not sent | load average';

function row(store: string, who: string, load: string, result: WebhookResult, bare: WebhookResult): void {
  const { taken, refused } = result;
  const times = refused.count === 0 ? '' : `${String(refused)}, ${refused.at(1).toFixed(1)}`;
  const cells = [
    store,
    who,
    load,
    result.perSecond.toFixed(0),
    (result.perSecond / bare.perSecond).toFixed(2),
    String(taken),
    `${taken.at(0.999).toFixed(1)}, ${taken.at(1).toFixed(1)}`,
    String(refused.count),
    times,
    String(result.withoutRetryAfter),
    String(result.failed),
    String(result.notSent),
    loadavg()[0]?.toFixed(1) ?? '',
  ];
  console.log(`| ${cells.join(' | ')} |`);
}

async function measure(store: string): Promise<void> {
  const postgres = store === 'postgres' ? await startBenchPostgres() : undefined;
  const rig = await startRig({
    network: 'loopback',
    fsync: true,
    conversations,
    tenants,
    agentsPerTenant: 5,
    customerConnections: connections,
    ...(postgres === undefined ? {} : { postgres: await postgres.createDatabase() }),
    startHomeserver: startLeanHomeserver,
  });
  const port = await freePort();
  const place =
    postgres === undefined
      ? ['file', join(rig.directory, 'bare')]
      : ['postgres', await postgres.createDatabase()];
  const child = fork(new URL('rig/bare-webhooks.ts', import.meta.url), [String(port), ...place]);
  await once(child, 'message');
  const bareCustomers = await startCustomers('loopback', [port], connections);
  const inspector = values.profile === undefined ? undefined : await connectInspector(rig.inspectorPort);
  await inspector?.call('Profiler.enable');

  const run = async (customers: Customers, time: number, mostUnderWay: number, perSecond?: number) => {
    const rate = perSecond === undefined ? {} : { perSecond };
    return runWebhooks({ customers, tenants, conversations, seconds: time, mostUnderWay, ...rate });
  };
  const beside = async (load: string, time: number, mostUnderWay: number, perSecond?: number) => {
    const bare = await run(bareCustomers, time, mostUnderWay, perSecond);
    row(store, 'bare', load, bare, bare);
    await inspector?.call('Profiler.start');
    row(store, 'Switchboard', load, await run(rig.customers, time, mostUnderWay, perSecond), bare);
    if (inspector !== undefined) {
      const { profile } = await inspector.call('Profiler.stop');
      const file = `webhooks-${store}-${load.replace(/\W+/g, '-')}.cpuprofile`;
      writeFileSync(join(values.profile ?? '', file), JSON.stringify(profile));
    }
    // What was accepted is still on its way: the next measurement is not to pay for it.
    await rest(rig);
  };

  try {
    await rig.populate(0, conversations);
    // The first seconds are the compiler's.
    await run(bareCustomers, 3, 64);
    await run(rig.customers, 3, 64);
    await rest(rig);
    await beside(`${values.rate}/s offered`, seconds, 1000, Number(values.rate));
    await beside('64 clients', most, 64);
    await beside('512 clients', most, 512);
    await beside(`${values.overload}/s offered`, most, tenants * connections, Number(values.overload));
  } finally {
    inspector?.close();
    await bareCustomers.close();
    child.disconnect();
    await rig.close();
    await postgres?.stop();
  }
}

console.log(`| ${header} | ${moreHeader} |`);
console.log(`|${' --- |'.repeat(13)}`);
for (const store of values.store) await measure(store);
process.exit();
