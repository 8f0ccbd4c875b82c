/**
 * Sends to the homeserver: the client that Switchboard uses beside bare ones, in turns. The other side only answers, in a thread of
 * its own.
 *
 *     node bench/sends.ts [--messages 4000] [--rounds 15]
 */
import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { Pool } from 'undici';
import { createHomeserverClient } from '../src/matrix/transport/create-homeserver-client.ts';
import { systemClock } from '../src/platform/clock.ts';
import { as, type MatrixRoomId, type MatrixUserId } from '../src/platform/ids.ts';
import { Latencies } from './rig/quantiles.ts';

const { values } = parseArgs({
  options: { messages: { type: 'string', default: '4000' }, rounds: { type: 'string', default: '15' } },
});
const messages = Number(values.messages);
/** As the client's own default. */
const connections = 32;
const token = 'the token of the benchmarks';
const content = { msgtype: 'm.text', body: ' '.padEnd(100, 'Where is my order? ') };
const room = as<MatrixRoomId>('!room:lean.test');
const ghost = as<MatrixUserId>('@_switchboard_t0_x:lean.test');

const worker = new Worker(new URL('rig/answering-server.ts', import.meta.url));
const [port] = (await once(worker, 'message')) as [number];
const origin = `http://127.0.0.1:${String(port)}`;
let count = 0;

const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
/** As {@link createHomeserverClient} writes it. */
const nextPath = (): string =>
  `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.room.message/b${String((count += 1))}?user_id=${encodeURIComponent(ghost)}`;

const pool = new Pool(origin, { connections });
const agent = new Agent({ keepAlive: true, maxSockets: connections });
const client = createHomeserverClient({ url: origin, asToken: token, clock: systemClock, connections });

async function byHttp(): Promise<void> {
  const body = JSON.stringify(content);
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const sent = httpRequest(
    `${origin}${nextPath()}`,
    { method: 'PUT', agent, headers: { ...headers, 'content-length': Buffer.byteLength(body) } },
    (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      answer.once('end', () => resolve(JSON.parse(text)));
    },
  );
  sent.once('error', reject).end(body);
  await promise;
}

async function byUndici(): Promise<void> {
  const answer = await pool.request({
    method: 'PUT',
    path: nextPath(),
    headers,
    body: JSON.stringify(content),
  });
  await answer.body.json();
}

async function bySwitchboard(): Promise<void> {
  const txnId = `b${String((count += 1))}`;
  await client.sendEvent({ room, type: 'm.room.message', content, txnId, actAs: ghost });
}

const ways: readonly (readonly [string, () => Promise<void>])[] = [
  ['node:http', byHttp],
  ['undici', byUndici],
  ['Switchboard', bySwitchboard],
];

async function measure(send: () => Promise<void>, total: number) {
  const times = new Latencies();
  let next = 0;
  const cpu = process.threadCpuUsage();
  const began = performance.now();
  const one = async (): Promise<void> => {
    while (next < total) {
      next += 1;
      const at = performance.now();
      await send();
      times.add(performance.now() - at);
    }
  };
  await Promise.all(Array.from({ length: connections }, one));
  const { user, system } = process.threadCpuUsage(cpu);
  return {
    perSecond: (total / (performance.now() - began)) * 1000,
    times,
    cpuMs: (user + system) / 1000 / total,
  };
}

interface Result {
  readonly perSecond: number;
  readonly cpuMs: number;
  readonly p50: number;
  readonly p99: number;
}
const results = new Map<string, Result[]>(ways.map(([name]) => [name, []]));
// The first seconds are the compiler's.
for (const [, send] of ways) await measure(send, messages);
for (let round = 1; round <= Number(values.rounds); round += 1)
  for (const [name, send] of ways) {
    const { perSecond, times, cpuMs } = await measure(send, messages);
    results.get(name)?.push({ perSecond, cpuMs, p50: times.at(0.5), p99: times.at(0.99) });
  }

/** Of the rounds. */
function median(name: string, of: (result: Result) => number): number {
  const sorted = (results.get(name) ?? []).map(of).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

console.log(
  '| client | sends/s | to node:http | to undici | CPU ms a send | to node:http | to undici | p50, p99 ms |',
);
console.log(`|${' --- |'.repeat(8)}`);
for (const [name] of ways) {
  const to = (other: string, of: (result: Result) => number): string =>
    (median(name, of) / median(other, of)).toFixed(2);
  const rate = (result: Result): number => result.perSecond;
  const cpu = (result: Result): number => result.cpuMs;
  const cells = [
    name,
    median(name, rate).toFixed(0),
    to('node:http', rate),
    to('undici', rate),
    median(name, cpu).toFixed(3),
    to('node:http', cpu),
    to('undici', cpu),
    `${median(name, ({ p50 }) => p50).toFixed(1)}, ${median(name, ({ p99 }) => p99).toFixed(1)}`,
  ];
  console.log(`| ${cells.join(' | ')} |`);
}
console.log(`Medians of ${values.rounds} rounds; load average ${loadavg()[0]?.toFixed(1) ?? ''}.`);
process.exit();
