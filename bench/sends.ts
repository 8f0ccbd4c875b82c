/**
 * Sends to the homeserver: the client that Switchboard uses beside bare ones, in turns. The other side only answers, in a thread of
 * its own.
 *
 *     node bench/sends.ts [--messages 20000] [--rounds 3]
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
  options: { messages: { type: 'string', default: '20000' }, rounds: { type: 'string', default: '3' } },
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

console.log(
  '| round | client | sends/s | ratio to node:http | ratio to undici | p50, p99 ms | CPU ms a send | load average |',
);
console.log(`|${' --- |'.repeat(8)}`);
// The first seconds are the compiler's.
for (const [, send] of ways) await measure(send, messages / 4);
for (let round = 1; round <= Number(values.rounds); round += 1) {
  const rates = new Map<string, number>();
  for (const [name, send] of ways) {
    const { perSecond, times, cpuMs } = await measure(send, messages);
    rates.set(name, perSecond);
    const to = (other: string): string => (perSecond / (rates.get(other) ?? Number.NaN)).toFixed(2);
    const cells = [
      String(round),
      name,
      perSecond.toFixed(0),
      to('node:http'),
      rates.has('undici') ? to('undici') : '',
      String(times),
      cpuMs.toFixed(3),
      loadavg()[0]?.toFixed(1) ?? '',
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}
process.exit();
