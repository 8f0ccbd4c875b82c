/**
 * Messages per second from accept through decide to deliver, on the embedded store, with a transport that takes at once:
 * what the delivery engine and the store cost by themselves.
 *
 *     node bench/delivery.ts [--messages 20000] [--conversations 500] [--clients 64] [--no-fsync]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { ResendPolicy } from '../src/delivery/delivery.ts';
import { createDelivery } from '../src/delivery/delivery-engine.ts';
import { lineLeg } from '../src/delivery/message-links.ts';
import { systemClock } from '../src/platform/clock.ts';
import {
  as,
  type ConversationId,
  type DeliveryId,
  type InboxEntryId,
  type TenantId,
} from '../src/platform/ids.ts';
import { createLogger } from '../src/platform/log.ts';
import { openNedbStore } from '../src/store/nedb/open-nedb-store.ts';
import { defineCollection, put } from '../src/store/store.ts';

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '20000' },
    conversations: { type: 'string', default: '500' },
    clients: { type: 'string', default: '64' },
    'no-fsync': { type: 'boolean', default: false },
  },
});
const messages = Number(values.messages);
const conversations = Number(values.conversations);
const fsync = !values['no-fsync'];

const tenant = as<TenantId>('bench');
const text = 'x'.repeat(200);
const states = defineCollection<{ readonly count: number }>('states');

interface Event {
  readonly text: string;
  readonly at: number;
}

async function run(policy: ResendPolicy, clients: number, perSecond: number, count: number): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'switchboard-bench-'));
  const logger = createLogger('warn');
  const store = await openNedbStore({ directory, fsync, clock: systemClock, logger });
  const took: number[] = [];
  const delivery = createDelivery<Event, Event>({
    store,
    clock: systemClock,
    logger,
    decide: async (_tenant, { id, key, event }) => {
      const state = await store.get(tenant, states, key);
      return {
        writes: [put(states, key, { count: (state?.value.count ?? 0) + 1 }, state?.version ?? 'absent')],
        deliveries: [
          { id: as<DeliveryId>(id), key: lineLeg(key), conversation: key, operation: event, tell: 'failure' },
        ],
        timers: [],
      };
    },
    transport: async (_tenant, record) => {
      took.push(performance.now() - record.operation.at);
      return { nativeId: `n${record.id}` };
    },
    resendPolicy: async () => policy,
    resultEvent: (record) => record.operation,
  });
  await delivery.start();

  let next = 0;
  const accept = async (): Promise<void> => {
    const n = next;
    next += 1;
    await delivery.accept(tenant, [
      {
        id: as<InboxEntryId>(`e${n}`),
        key: as<ConversationId>(`c${n % conversations}`),
        event: { text, at: performance.now() },
      },
    ]);
  };
  const begun = performance.now();
  const client = async (): Promise<void> => {
    while (next < count) await accept();
  };
  if (perSecond === 0) await Promise.all(Array.from({ length: clients }, client));
  else {
    const open: Promise<void>[] = [];
    while (next < count) {
      const due = Math.min(count, Math.floor(((performance.now() - begun) / 1000) * perSecond));
      while (next < due) open.push(accept());
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await Promise.all(open);
  }
  await delivery.idle();
  const seconds = (performance.now() - begun) / 1000;
  took.sort((a, b) => a - b);
  const at = (share: number): string => (took[Math.floor(took.length * share)] ?? 0).toFixed(1);
  const load = perSecond === 0 ? `${clients} clients` : `${perSecond}/s offered`;
  console.log(
    `fsync ${fsync ? 'on ' : 'off'}  policy ${policy.padEnd(6)}  ${load.padEnd(15)}  ` +
      `${(took.length / seconds).toFixed(0).padStart(6)} messages/s  p50 ${at(0.5)} ms  p99 ${at(0.99)} ms`,
  );
  await delivery.stop(1000);
  await store.close();
  await rm(directory, { recursive: true });
}

await run('safe', Number(values.clients), 0, messages);
await run('resend', Number(values.clients), 0, messages);
await run('safe', 0, 100, 1000);
