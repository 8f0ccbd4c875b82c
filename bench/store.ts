// What the stores cost, the embedded one and PostgreSQL: commits a second with and without fsync, opening with many conversations, memory of a record.
//   node --expose-gc bench/store.ts [directory]
// It works in a new folder of the directory (default: this one), which should be on the disk that will hold the store.
import { fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePostgres } from '../dev/postgres/ensure-postgres.ts';
import { startPostgres } from '../dev/postgres/start-postgres.ts';
import { systemClock } from '../src/platform/clock.ts';
import type { TenantId } from '../src/platform/ids.ts';
import { silentLogger } from '../src/platform/log.ts';
import { openNedbStore } from '../src/store/nedb/open-nedb-store.ts';
import { openPostgresStore } from '../src/store/postgres/open-postgres-store.ts';
import { defineCollection, put, type Store } from '../src/store/store.ts';

const base = mkdtempSync(join(process.argv[2] ?? process.cwd(), 'bench-store-'));
const tenant = 'bench' as TenantId;
const inbox = defineCollection<{ key: string; sequence: number; event: string }>('inbox', {
  byKey: ['key', 'sequence'],
});
const states = defineCollection<{ next: number; topic: string }>('states');
const secondsEach = 3;

function open(name: string, fsync: boolean): Promise<Store> {
  return openNedbStore({ directory: join(base, name), fsync, clock: systemClock, logger: silentLogger });
}

interface Rate {
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
}

/** As accepting a message does: one new entry of about 500 bytes and one counter. Closes the store. */
async function commitRate(store: Store, committers: number): Promise<Rate> {
  const event = 'x'.repeat(500);
  const latencies: number[] = [];
  const startedAt = performance.now();
  const endAt = startedAt + secondsEach * 1000;
  await Promise.all(
    Array.from({ length: committers }, async (_, worker) => {
      const key = `conversation-${worker}`;
      for (let sequence = 1; performance.now() < endAt; sequence += 1) {
        const began = performance.now();
        await store.commit(tenant, [
          put(inbox, `${key}-${sequence}`, { key, sequence, event }, 'absent'),
          put(states, key, { next: sequence + 1, topic: 'bench' }, sequence === 1 ? 'absent' : sequence - 1),
        ]);
        latencies.push(performance.now() - began);
      }
    }),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  await store.close();
  latencies.sort((a, b) => a - b);
  const quantile = (part: number): number => latencies[Math.floor(latencies.length * part)] ?? 0;
  return { rate: latencies.length / seconds, p50: quantile(0.5), p99: quantile(0.99) };
}

function cell({ rate, p50, p99 }: Rate): string {
  return `${rate.toFixed(0)} (${p50.toFixed(2)}, ${p99.toFixed(2)})`;
}

/** With fsync, on loopback; the server's data are in the folder for temporary files. */
async function onPostgres(): Promise<void> {
  const programs = await ensurePostgres();
  if ('unavailable' in programs) {
    console.log(`\nPostgreSQL left out: ${programs.unavailable}`);
    return;
  }
  const server = await startPostgres(programs, ['fsync=on', 'synchronous_commit=on', 'full_page_writes=on']);
  try {
    console.log(
      `\n| committers | ${programs.version}, fsync on: commits/s (p50, p99 ms) | get/s by as many |`,
    );
    console.log('|---|---|---|');
    for (const committers of [1, 16, 64]) {
      const connectionString = await server.createDatabase();
      const openOne = async (): Promise<Store> =>
        openPostgresStore({ connectionString, clock: systemClock, logger: silentLogger });
      const written = await commitRate(await openOne(), committers);
      console.log(
        `| ${committers} | ${cell(written)} | ${(await getRate(await openOne(), committers)).toFixed(0)} |`,
      );
    }
  } finally {
    await server.stop();
  }
}

/** Reads the counters that {@link commitRate} left. Closes the store. */
async function getRate(store: Store, readers: number): Promise<number> {
  const startedAt = performance.now();
  const endAt = startedAt + secondsEach * 1000;
  let count = 0;
  await Promise.all(
    Array.from({ length: readers }, async (_, reader) => {
      for (; performance.now() < endAt; count += 1) await store.get(tenant, states, `conversation-${reader}`);
    }),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  await store.close();
  return count / seconds;
}

/** What the disk does at best, one after the other: the floor under a single committer with fsync. */
function bareSyncRate(): number {
  const fd = openSync(join(base, 'bare'), 'w');
  const block = Buffer.alloc(800, 'x');
  const endAt = performance.now() + 1000;
  let count = 0;
  for (; performance.now() < endAt; count += 1) {
    writeSync(fd, block);
    fdatasyncSync(fd);
  }
  return count;
}

function heap(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

/** A conversation as it lies idle: four records of about 300 bytes. */
const kinds = ['contact', 'conversation', 'room', 'session'].map((name) =>
  defineCollection<{ owner: string; at: number; text: string }>(name, { byOwner: ['owner', 'at'] }),
);

async function writeConversations(name: string, conversations: number): Promise<void> {
  const store = await open(name, false);
  for (let at = 0; at < conversations; at += 100) {
    const ids = Array.from({ length: 100 }, (_, offset) => String(at + offset).padStart(32, 'c'));
    const writes = ids.flatMap((id) =>
      kinds.map((kind) => put(kind, id, { owner: id, at, text: 't'.repeat(230) }, 'absent')),
    );
    await store.commit(tenant, writes);
  }
  await store.close();
}

async function openingAndMemory(conversations: number): Promise<void> {
  const name = `idle-${conversations}`;
  await writeConversations(name, conversations);
  const before = heap();
  const startedAt = performance.now();
  const store = await open(name, true);
  const opened = performance.now() - startedAt;
  const idle = heap() - before;
  const firstAt = performance.now();
  const query = { index: 'byOwner', equals: ['nobody'], limit: 1 };
  for (const kind of kinds) await store.find(tenant, kind, query);
  const indexed = performance.now() - firstAt;
  const withIndexes = heap() - before;
  const records = conversations * kinds.length;
  console.log(
    `| ${conversations} | ${records} | ${opened.toFixed(0)} ms | ${indexed.toFixed(0)} ms | ` +
      `${(idle / records).toFixed(0)} | ${(withIndexes / records).toFixed(0)} |`,
  );
  await store.close();
}

try {
  console.log(`write + fdatasync of 800 bytes, nothing else: ${bareSyncRate()}/s\n`);
  console.log(
    '| committers | fsync on: commits/s (p50, p99 ms) | fsync off: commits/s (p50, p99 ms) | off : on |',
  );
  console.log('|---|---|---|---|');
  for (const committers of [1, 16, 64]) {
    const on = await commitRate(await open(`rate-true-${committers}`, true), committers);
    const off = await commitRate(await open(`rate-false-${committers}`, false), committers);
    console.log(`| ${committers} | ${cell(on)} | ${cell(off)} | ${(off.rate / on.rate).toFixed(1)} |`);
  }
  await onPostgres();
  console.log(
    '\n| conversations | records | open | first query on each of 4 indexes | heap bytes a record | with an index |',
  );
  console.log('|---|---|---|---|---|---|');
  for (const conversations of [10_000, 100_000]) await openingAndMemory(conversations);
} finally {
  rmSync(base, { recursive: true, force: true });
}
