/**
 * The delivery engine alone as a process under test: takes webhooks and transactions by HTTP, relays each to the other side.
 * `PLANT` puts a fault into it that a chaos run must find.
 */
import { randomUUID } from 'node:crypto';
import { Agent, createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { DeliveryFailure, type NewEntry, type Transport } from '../../src/delivery/delivery.ts';
import { createDelivery } from '../../src/delivery/delivery-engine.ts';
import { soleOwnership, type Claim, type Ownership } from '../../src/delivery/ownership.ts';
import { leases } from '../../src/replicas/replica-records.ts';
import { createReplication } from '../../src/replicas/replication.ts';
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts';
import { PostgresSignals } from '../../src/store/postgres/postgres-signals.ts';
import { lineLeg, roomLeg } from '../../src/delivery/message-links.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { derivedId } from '../../src/platform/derived-id.ts';
import { as, type ConversationId, type InboxEntryId, type TenantId } from '../../src/platform/ids.ts';
import { createLogger } from '../../src/platform/log.ts';
import { openNedbStore } from '../../src/store/nedb/open-nedb-store.ts';
import { Conflict, defineCollection, put, type Store } from '../../src/store/store.ts';
import { send } from './peer-server.ts';

const settings = z
  .object({
    RELAY_PORT: z.coerce.number(),
    RELAY_DIRECTORY: z.string(),
    /** Of the replicas that share it; empty: the process is alone. */
    RELAY_DATABASE: z.string(),
    RELAY_HOMESERVER: z.string(),
    RELAY_NETWORK: z.string(),
    /** Towards the network; towards the homeserver it is always safe. */
    RELAY_POLICY: z.enum(['safe', 'ask', 'resend']),
    PLANT: z
      .enum([
        '',
        'random-id',
        'acknowledge-first',
        'forget-seen',
        'overtake',
        'leak',
        'drop',
        'send-again',
        'no-lease',
      ])
      .default(''),
  })
  .parse(process.env);

type Event = { readonly from: 'customer' | 'agent'; readonly text: string } | { readonly unclear: string };
interface Operation {
  readonly text: string;
}

/** A text that begins with it cannot be decided on. */
const poison = 'poison';
let lateCommits = 0;
let commits = 0;
let isToStop = false;
process.on('SIGUSR2', () => (isToStop = true));

const tally = defineCollection<{ readonly count: number }>('tally');
const logger = createLogger('error');
const connection = { connectionString: settings.RELAY_DATABASE };
const shared =
  settings.RELAY_DATABASE === ''
    ? undefined
    : await openPostgresStore({ ...connection, clock: systemClock, logger, maxConnections: 5 });
const store =
  shared ??
  (await openNedbStore({
    directory: settings.RELAY_DIRECTORY,
    clock: systemClock,
    logger,
    // Small, so that a run passes several checkpoints.
    checkpointBytes: 100_000,
  }));
const replication =
  shared &&
  createReplication({
    store: shared,
    signals: await PostgresSignals.open({ connection, clock: systemClock, logger }),
    clock: systemClock,
    logger,
  });
/**
 * As the engine sees the store: commits are counted that came too late, since another replica has the lease by now. Told to by SIGUSR2,
 * the process stands still (SIGSTOP) before the next one that it makes under a lease.
 */
const watched: Store = {
  get: async (...args) => store.get(...args),
  find: async (...args) => store.find(...args),
  tenants: async () => store.tenants(),
  close: async () => store.close(),
  async commit(...args) {
    const isUnderLease = args[1].some(
      ({ op, collection }) => op === 'check' && collection.name === leases.name,
    );
    if (isUnderLease) commits += 1;
    if (isUnderLease && isToStop) {
      isToStop = false;
      process.kill(process.pid, 'SIGSTOP');
    }
    try {
      await store.commit(...args);
    } catch (error) {
      if (error instanceof Conflict && error.collection === leases.name) lateCommits += 1;
      throw error;
    }
  },
};
const agent = new Agent({ keepAlive: true });
let leaks = 0;

async function call(
  side: string,
  tenant: TenantId,
  conversation: string,
  id: string,
  text: string,
): Promise<void> {
  const status = await send(agent, 'PUT', `${side}/${tenant}/${conversation}/${id}`, { text });
  if (status === 200) return;
  if (status === 429)
    throw new DeliveryFailure({ kind: 'retry', certain: true, reason: 'busy', retryAfterMs: 30 });
  throw new DeliveryFailure({ kind: 'retry', certain: status !== 0, reason: `status ${status}` });
}

/** Everybody has everything, and never loses it. */
const carelessClaim: Claim = {
  ...(await soleOwnership(() => 0).claim(as('any'), { kind: 'line', id: as('any') }, undefined))!,
};
const ownership: Ownership | undefined =
  settings.PLANT === 'no-lease' && replication !== undefined
    ? {
        alone: false,
        claim: async () => carelessClaim,
        listen: (listener) => replication.leases.listen(listener),
      }
    : replication?.leases;

const transport: Transport<Operation> = async (tenant, record, { mayGoOut }) => {
  mayGoOut();
  const side = record.key.startsWith('room:') ? settings.RELAY_HOMESERVER : settings.RELAY_NETWORK;
  const { text } = record.operation;
  const id = settings.PLANT === 'random-id' ? randomUUID() : record.id;
  let { conversation } = record as { conversation: string };
  if (settings.PLANT === 'leak' && (leaks += 1) % 100 === 0) conversation = 'c0';
  if (settings.PLANT === 'drop' && (leaks += 1) % 100 === 0) return {};
  try {
    await call(side, tenant, conversation, id, text);
  } catch (error) {
    if (settings.PLANT !== 'overtake') throw error;
    void sleep(500).then(async () => call(side, tenant, conversation, id, text).catch(() => undefined));
  }
  return { nativeId: `native-${record.id}` };
};

const delivery = createDelivery<Event, Operation>({
  store: watched,
  clock: systemClock,
  logger,
  transport,
  retryRules: { baseMs: 20, capMs: 200 },
  resendPolicy: async (_tenant, record) =>
    record.key.startsWith('room:') || settings.PLANT === 'send-again' ? 'safe' : settings.RELAY_POLICY,
  resultEvent: (record) => ({ unclear: record.operation.text }),
  decide: async (tenant, { id, key, event }, read) => {
    if ('text' in event && event.text.startsWith(poison)) throw new Error('poison cannot be decided on');
    const toRoom = 'unclear' in event || event.from === 'customer';
    const text = 'unclear' in event ? `unclear ${event.unclear}` : event.text;
    const seen = await read.get(tenant, tally, key);
    return {
      writes: [put(tally, key, { count: (seen?.value.count ?? 0) + 1 }, seen?.version ?? 'absent')],
      deliveries: [
        {
          id: derivedId('relay', id),
          key: toRoom ? roomLeg(key) : lineLeg(key),
          conversation: key,
          operation: { text },
          tell: 'unclear' in event ? 'never' : 'failure',
        },
      ],
      timers: [],
    };
  },
  ...(replication === undefined || ownership === undefined
    ? {}
    : {
        shared: {
          ownership,
          sequence: replication.sequence,
          owned: [tally],
          lineOf: () => undefined,
        },
      }),
});

const message = z.object({ tenant: z.string(), conversation: z.string(), id: z.string(), text: z.string() });
const transaction = z.object({ events: z.array(message) });

async function accept(
  messages: readonly z.infer<typeof message>[],
  from: 'customer' | 'agent',
): Promise<void> {
  const run = settings.PLANT === 'forget-seen' ? String(process.pid) : '';
  for (const [tenant, some] of Map.groupBy(messages, (one) => one.tenant)) {
    const entries = some.map(({ id, conversation, text }): NewEntry<Event> => ({
      id: as<InboxEntryId>(`${id}${run}`),
      key: as<ConversationId>(conversation),
      event: { from, text },
    }));
    await delivery.accept(as(tenant), entries);
  }
}

async function counts(): Promise<object> {
  const quarantined: { readonly text: string; readonly reason: string }[] = [];
  for (const tenant of await store.tenants()) {
    let page = await delivery.quarantine.list(tenant);
    for (;;) {
      for (const { value } of page.found) {
        const { event, reason } = value;
        quarantined.push({ text: 'text' in event ? event.text : event.unclear, reason });
      }
      if (page.next === undefined) break;
      page = await delivery.quarantine.list(tenant, { limit: 100, after: page.next });
    }
  }
  return { lateCommits, commits, quarantined };
}

await replication?.start();
await delivery.start();
const server = createServer((request, response) => {
  const answer = (status: number): void => {
    response.writeHead(status).end('{}');
  };
  if (request.url === '/ready') {
    answer(200);
    return;
  }
  if (request.url === '/counts') {
    void counts().then((found) => response.writeHead(200).end(JSON.stringify(found)));
    return;
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('error', () => undefined);
  request.on('end', () => {
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
    const accepting =
      request.url === '/webhook'
        ? accept([message.parse(body)], 'customer')
        : accept(transaction.parse(body).events, 'agent');
    if (settings.PLANT === 'acknowledge-first') answer(200);
    void accepting.then(
      () => {
        if (!response.headersSent) answer(200);
      },
      () => {
        if (!response.headersSent) answer(503);
      },
    );
  });
});
server.listen(settings.RELAY_PORT, '127.0.0.1');

process.once('SIGTERM', () => {
  server.close();
  server.closeIdleConnections();
  void delivery
    .stop(5000)
    .then(async () => replication?.stop(true))
    .then(async () => store.close())
    .then(() => process.exit(0));
});
