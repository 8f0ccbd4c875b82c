import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensurePostgres } from '../../dev/postgres/ensure-postgres.ts';
import { startPostgres, type RunningPostgres } from '../../dev/postgres/start-postgres.ts';
import { rows } from './rows/index.ts';
import type { StoreKind } from './rows/row.ts';
import { chosenSeed } from './seeded-random.ts';

// The rows of docs/reliability.md with reduced counts; `npm run chaos` has the full ones.
const seed = chosenSeed();
const programs = await ensurePostgres();
const timeoutMs = 600_000;

async function hold(id: string, store: StoreKind, server: RunningPostgres | undefined): Promise<void> {
  const row = rows.find((one) => one.id === id);
  const progress: string[] = [];
  // A row that never ends says nothing else of where it stands.
  const late = setTimeout(() => {
    console.log(`seed ${seed}: ${id} on ${store} is late: ${progress.join('; ')}`);
  }, timeoutMs - 10_000);
  const report = await row
    ?.run({ seed, store, full: false, server, progress: (line) => progress.push(line) })
    .finally(() => {
      clearTimeout(late);
    });
  console.log(`seed ${seed}: ${id} on ${store}: ${JSON.stringify(report?.figures)}`);
  const wrong = report?.wrong ?? ['there is no such row'];
  expect(wrong, `seed ${seed}: ${wrong.join('; ')}\n${report?.lastWords ?? ''}`).toEqual([]);
}

const on = (store: StoreKind): [string, string][] =>
  rows
    .filter(({ stores, mostlyWaits }) => stores.includes(store) && mostlyWaits !== true)
    .map(({ id, promise }) => [id, promise]);
const waiting = rows
  .filter(({ mostlyWaits }) => mostlyWaits === true)
  .flatMap(({ id, promise, stores }) => stores.map((store) => ({ id, promise, store })));

describe('on the embedded store', () => {
  test.concurrent.each(waiting.filter(({ store }) => store === 'embedded'))(
    '$id: $promise',
    async ({ id }) => hold(id, 'embedded', undefined),
    timeoutMs,
  );
  test.each(on('embedded'))('%s: %s', async (id) => hold(id, 'embedded', undefined), timeoutMs);
});

describe.skipIf('unavailable' in programs)('on PostgreSQL', () => {
  let server: RunningPostgres;
  beforeAll(async () => {
    if (!('unavailable' in programs)) server = await startPostgres(programs);
  });
  afterAll(() => server.stop());

  test.concurrent.each(waiting.filter(({ store }) => store === 'postgres'))(
    '$id: $promise',
    async ({ id }) => hold(id, 'postgres', server),
    timeoutMs,
  );
  test.each(on('postgres'))('%s: %s', async (id) => hold(id, 'postgres', server), timeoutMs);
});
