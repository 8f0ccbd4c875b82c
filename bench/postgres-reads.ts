// What a read from PostgreSQL costs, beside the plain way: a transaction that names the tenant, reads, and ends, three round trips.
//   node bench/postgres-reads.ts
import pg from 'pg';
import { ensurePostgres } from '../dev/postgres/ensure-postgres.ts';
import { startPostgres } from '../dev/postgres/start-postgres.ts';
import { systemClock } from '../src/platform/clock.ts';
import type { TenantId } from '../src/platform/ids.ts';
import { silentLogger } from '../src/platform/log.ts';
import { openPostgresStore } from '../src/store/postgres/open-postgres-store.ts';
import { useIndexPlans } from '../src/store/postgres/statements/use-index-plans.ts';
import { defineCollection, put } from '../src/store/store.ts';

const notes = defineCollection<{ number: number; text: string }>('notes', { byNumber: ['number'] });
const tenants = ['acme', 'bolt'] as TenantId[];
const records = 5000;
const turns = 5;
const secondsEach = 1;

type Read = (tenant: TenantId, number: number) => Promise<unknown>;

/** Reads a second. */
async function rate(readers: number, read: Read): Promise<number> {
  const startedAt = performance.now();
  const endAt = startedAt + secondsEach * 1000;
  let count = 0;
  await Promise.all(
    Array.from({ length: readers }, async (_, reader) => {
      const tenant = tenants[reader % tenants.length]!;
      for (let number = reader; performance.now() < endAt; number += 7, count += 1)
        await read(tenant, number % records);
    }),
  );
  return count / ((performance.now() - startedAt) / 1000);
}

/** In turns, so that both meet the same noise; the medians. */
async function compare(readers: number, plain: Read, ours: Read): Promise<[plain: number, ours: number]> {
  const [plainly, byUs]: [number[], number[]] = [[], []];
  await rate(readers, plain);
  await rate(readers, ours);
  for (let turn = 0; turn < turns; turn += 1) {
    plainly.push(await rate(readers, plain));
    byUs.push(await rate(readers, ours));
  }
  return [median(plainly), median(byUs)];
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

const programs = await ensurePostgres();
if ('unavailable' in programs) throw new Error(programs.unavailable);
const server = await startPostgres(programs);
const connectionString = await server.createDatabase();
const store = await openPostgresStore({ connectionString, clock: systemClock, logger: silentLogger });
const pool = new pg.Pool({ connectionString, max: 10 });
pool.on('connect', (client) => void useIndexPlans(client));

async function inPlainTransaction(tenant: TenantId, query: pg.QueryConfig): Promise<unknown> {
  const client = await pool.connect();
  try {
    await client.query(`BEGIN; SELECT set_config('switchboard.tenant', ${pg.escapeLiteral(tenant)}, true)`);
    const { rows } = await client.query<{ value: string }>(query);
    await client.query('COMMIT');
    return rows.map(({ value }) => JSON.parse(value) as unknown);
  } finally {
    client.release();
  }
}

const columns = 'SELECT id, version, value::text AS value FROM switchboard.records';
const reads: readonly (readonly [name: string, plain: Read, ours: Read])[] = [
  [
    'get',
    async (tenant, number) =>
      inPlainTransaction(tenant, {
        name: 'get',
        text: `${columns} WHERE tenant = $1 AND collection = $2 AND id = $3`,
        values: [tenant, notes.name, `n${String(number)}`],
      }),
    async (tenant, number) => store.get(tenant, notes, `n${String(number)}`),
  ],
  [
    'find of 10',
    async (tenant) =>
      inPlainTransaction(tenant, {
        name: 'find',
        text: `${columns} WHERE tenant = $1 AND collection = $2 AND key1 > $3 AND key1 < $4 ORDER BY key1 LIMIT 10`,
        values: [tenant, notes.name, Buffer.from([0]), Buffer.from([255])],
      }),
    async (tenant) => store.find(tenant, notes, { index: 'byNumber', equals: [], limit: 10 }),
  ],
];

try {
  for (const tenant of tenants)
    await store.commit(
      tenant,
      Array.from({ length: records }, (_, number) =>
        put(notes, `n${String(number)}`, { number, text: 't'.repeat(300) }, 'absent'),
      ),
    );
  await store.find(tenants[0]!, notes, { index: 'byNumber', equals: [], limit: 1 });
  console.log(`${programs.version}\n`);
  console.log('| read | readers | three round trips: /s | the store: /s | store : plain |');
  console.log('|---|---|---|---|---|');
  for (const [name, plain, ours] of reads)
    for (const readers of [1, 16, 64]) {
      const [plainly, byUs] = await compare(readers, plain, ours);
      const cells = [name, readers, plainly.toFixed(0), byUs.toFixed(0), (byUs / plainly).toFixed(1)];
      console.log(`| ${cells.join(' | ')} |`);
    }
} finally {
  await store.close();
  await pool.end();
  await server.stop();
}
