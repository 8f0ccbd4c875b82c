/**
 * Transactions of the homeserver, pushed as Synapse does: one in flight, 100 events each, spread over more and more rooms. What an
 * event costs depends on what it is: line by line one thing more is done with it.
 *
 *     node bench/transactions.ts [--store embedded|postgres]... [--seconds 5] [--rooms 1,100,10000,100000] [--conversations 1000] [--main FILE]...
 *
 * `--main`: another checkout's `src/main.ts`; given several times, they are measured in turns.
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { Pool } from 'undici';
import { startBenchPostgres } from './rig/bench-postgres.ts';
import { ghostPrefix } from './rig/homeserver.ts';
import { startLeanHomeserver } from './rig/lean-homeserver.ts';
import { rest } from './rig/memory.ts';
import { Latencies } from './rig/quantiles.ts';
import { startRig, type Rig } from './rig/rig.ts';

const { values } = parseArgs({
  options: {
    store: { type: 'string', multiple: true, default: ['embedded', 'postgres'] },
    seconds: { type: 'string', default: '5' },
    rooms: { type: 'string', default: '1,100,10000,100000' },
    conversations: { type: 'string', default: '1000' },
    main: { type: 'string', multiple: true },
  },
});
const seconds = Number(values.seconds);
const conversations = Number(values.conversations);
const eventsPerTransaction = 100;
const tenants = 4;
const domain = 'lean.test';
const text = ' '.padEnd(100, 'Where is my order? ');

interface Kind {
  readonly name: string;
  /** Event number n, in the n-th room of `rooms`. */
  event(rig: Rig, n: number, rooms: number): object;
  readonly rooms: readonly number[];
}

const anyRoom = (n: number, rooms: number): string => `!elsewhere${String(n % rooms)}:${domain}`;
const agentOf = (conversation: number): string => `@agent-${String(conversation % tenants)}-0:${domain}`;
const message = (room: string, sender: string) => ({
  type: 'm.room.message',
  room_id: room,
  sender,
  content: { msgtype: 'm.text', body: text },
});
const counts = values.rooms.split(',').map(Number);
const ours = counts.filter((count) => count < conversations).concat(conversations);

const kinds: readonly Kind[] = [
  {
    name: 'own echo: read, and passed over',
    rooms: counts,
    event: (_, n, rooms) => message(anyRoom(n, rooms), `@${ghostPrefix}t0_x:${domain}`),
  },
  {
    name: 'room of somebody else: looked up',
    rooms: counts,
    event: (_, n, rooms) => message(anyRoom(n, rooms), `@someone:${domain}`),
  },
  {
    name: 'our room, nothing to do: made durable, decided',
    rooms: ours,
    event: (rig, n, rooms) => ({
      type: 'm.room.pinned_events',
      state_key: '',
      room_id: rig.roomOf(n % rooms),
      sender: agentOf(n % rooms),
      content: { pinned: [] },
    }),
  },
  {
    name: 'our room, message: and sent to the customer, with a receipt',
    rooms: ours,
    event: (rig, n, rooms) => message(rig.roomOf(n % rooms), agentOf(n % rooms)),
  },
];

/** Events of this run; ids must be fresh. */
let count = 0;

async function push(rig: Rig, pool: Pool, kind: Kind, rooms: number): Promise<[number, Latencies]> {
  const { hs_token } = rig.homeserver.registration;
  const headers = { authorization: `Bearer ${hs_token}`, 'content-type': 'application/json' };
  const times = new Latencies();
  let sent = 0;
  const began = performance.now();
  while (performance.now() - began < seconds * 1000) {
    const events = Array.from({ length: eventsPerTransaction }, () => ({
      event_id: `$x${String((count += 1))}`,
      origin_server_ts: Date.now(),
      unsigned: { age: 1 },
      ...kind.event(rig, count, rooms),
    }));
    const at = performance.now();
    const path = `/_matrix/app/v1/transactions/x${String(count)}`;
    const answer = await pool.request({ method: 'PUT', path, headers, body: JSON.stringify({ events }) });
    await answer.body.dump();
    if (answer.statusCode !== 200) throw new Error(`a transaction was answered ${String(answer.statusCode)}`);
    times.add(performance.now() - at);
    sent += events.length;
  }
  return [sent / ((performance.now() - began) / 1000), times];
}

async function measure(store: string, main: string | undefined): Promise<void> {
  const postgres = store === 'postgres' ? await startBenchPostgres() : undefined;
  const rig = await startRig({
    network: 'loopback',
    fsync: true,
    conversations,
    tenants,
    // The one who is in every room of the tenant.
    agentsPerTenant: 1,
    ...(main === undefined ? {} : { main }),
    ...(postgres === undefined ? {} : { postgres: await postgres.createDatabase() }),
    startHomeserver: startLeanHomeserver,
  });
  const pool = new Pool(rig.homeserver.registration.url ?? '', { connections: 1 });
  try {
    await rig.populate(0, conversations);
    const [echo] = kinds;
    // The first seconds are the compiler's.
    if (echo !== undefined) await push(rig, pool, echo, 100);
    for (const kind of kinds) {
      let first = 0;
      for (const rooms of kind.rooms) {
        await rest(rig);
        const cpu = rig.switchboard.cpuSeconds();
        const [perSecond, times] = await push(rig, pool, kind, rooms);
        // What follows from the events is part of what they cost.
        await rest(rig);
        first ||= perSecond;
        const each = ((rig.switchboard.cpuSeconds() - cpu) * 1000) / (perSecond * seconds);
        const cells = [
          store,
          kind.name,
          String(rooms),
          perSecond.toFixed(0),
          (perSecond / first).toFixed(2),
          String(times),
          each.toFixed(3),
          loadavg()[0]?.toFixed(1) ?? '',
        ];
        console.log(`| ${cells.join(' | ')} |`);
      }
    }
  } finally {
    await pool.destroy();
    await rig.close();
    await postgres?.stop();
  }
}

console.log(
  '| store | event | rooms | events/s | ratio to the fewest rooms | ack p50, p99 ms | CPU ms an event, all in all | load average |',
);
console.log(`|${' --- |'.repeat(8)}`);
for (const store of values.store)
  for (const main of values.main ?? [undefined]) {
    if (main !== undefined) console.log(`| ${main} |`);
    await measure(store, main);
  }
process.exit();
