import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { TenantId } from '../../src/platform/ids.ts';
import { StoreInUse } from '../../src/store/nedb/directory-lock.ts';
import { defineCollection, put } from '../../src/store/store.ts';
import { checkLedger } from '../conformance/store-ledger.ts';
import { makePlace, openStore } from './nedb-place.ts';

const writer = fileURLToPath(new URL('../conformance/store-writer.ts', import.meta.url));
const opener = new URL('nedb-place.ts', import.meta.url).href;
const unsynced = new URL('nedb-place-without-fsync.ts', import.meta.url).href;

let place: string;
let dispose: () => Promise<void>;
const children: ChildProcess[] = [];
beforeEach(async () => {
  ({ place, dispose } = await makePlace());
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await dispose();
});

/** A process that has the store open, by the time this resolves. */
async function startWriter(module: string): Promise<{ child: ChildProcess; lines: Map<string, number> }> {
  const child = spawn(process.execPath, [writer, module, place], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const lines = new Map<string, number>();
  const reader = createInterface({ input: child.stdout }).on('line', (line) => {
    const [worker = '', number = ''] = line.split(' ');
    lines.set(worker, Number(number));
  });
  await once(reader, 'line');
  return { child, lines };
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'close');
}

it('refuses a second process, and lets it in as soon as the first is dead', async () => {
  const { child } = await startWriter(opener);
  const refusal = openStore(place);
  await expect(refusal).rejects.toBeInstanceOf(StoreInUse);
  await expect(refusal).rejects.toThrow(`pid ${child.pid} `);
  await kill(child);
  const store = await openStore(place);
  await store.close();
});

it('refuses a second store in the same process, until the first is closed', async () => {
  const store = await openStore(place);
  await expect(openStore(place)).rejects.toBeInstanceOf(StoreInUse);
  await store.close();
  await (await openStore(place)).close();
});

it('without fsync keeps what it acknowledged when the process is killed', async () => {
  const { child, lines } = await startWriter(unsynced);
  while (Math.min(...lines.values()) < 100) await new Promise(setImmediate);
  await kill(child);
  expect(await checkLedger(unsynced, place, lines)).toEqual([]);
});

it('tells of a write that was cut in two by the end of the process', async () => {
  const child = spawn(process.execPath, [writer, opener, place], {
    env: { ...process.env, SWITCHBOARD_CRASH_AT: 'store-half-appended#3' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  children.push(child);
  await once(child, 'close');
  expect(child.signalCode).toBe('SIGKILL');
  const store = await openStore(place);
  expect(store.openReport.droppedBytes).toBeGreaterThan(0);
  await store.close();
});

it('finds its way about 100,000 records without going through them', async () => {
  const collection = defineCollection<{ lane: number; dueAt: number }>('jobs', { byLane: ['lane', 'dueAt'] });
  const tenant = 'acme' as TenantId;
  const store = await openStore(place, { fsync: false, checkpointBytes: 64 * 1024 * 1024 });
  for (let at = 0; at < 100_000; at += 1000) {
    const batch = Array.from({ length: 1000 }, (_, offset) =>
      put(collection, `j${at + offset}`, { lane: 1, dueAt: at + offset }, 'absent'),
    );
    await store.commit(tenant, batch);
  }
  const query = { index: 'byLane', equals: [1], limit: 1 };
  await store.find(tenant, collection, query);
  // Its own time: a machine that others use takes as long as it likes.
  const before = process.cpuUsage();
  for (let at = 0; at < 1000; at += 1) {
    const [found] = await store.find(tenant, collection, {
      ...query,
      from: at * 97,
      descending: at % 2 === 0,
    });
    expect(found?.value.dueAt).toBe(at % 2 === 0 ? 99_999 : at * 97);
  }
  // Going through all of them takes some 20 ms each time; this is 20 microseconds.
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1000 / 1000).toBeLessThan(2);
  await store.close();
});
