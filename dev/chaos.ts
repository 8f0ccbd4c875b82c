import { parseArgs } from 'node:util';
import { rows } from '../test/chaos/rows/index.ts';
import type { Row, RowReport, StoreKind } from '../test/chaos/rows/row.ts';
import { ensurePostgres } from './postgres/ensure-postgres.ts';
import { startPostgres, type RunningPostgres } from './postgres/start-postgres.ts';

/** `npm run chaos`: the rows of docs/reliability.md, each on its stores, with one seed after the other. */
const usage = `npm run chaos -- [--seeds N] [--from S] [--row R3[,R4]] [--store embedded|postgres] [--reduced]

  --seeds N    how many seeds (default 1)
  --from S     the first of them (default: the time)
  --row        only these rows; R14 is all that begin with it
  --store      only on this store
  --reduced    the counts of the test suite instead of the full ones

Exit codes: 0 every promise held, 1 one did not, 2 the command is wrong.`;

interface Outcome {
  readonly row: Row;
  readonly store: StoreKind;
  readonly seed: number;
  readonly report: RowReport;
}

function wanted(row: Row, names: readonly string[] | undefined): boolean {
  return names?.some((name) => row.id === name || row.id.startsWith(`${name}-`)) ?? true;
}

function fail(text: string): never {
  console.error(`${text}\n\n${usage}`);
  process.exit(2);
}

function optionsGiven() {
  try {
    return parseArgs({
      options: {
        seeds: { type: 'string' },
        from: { type: 'string' },
        row: { type: 'string' },
        store: { type: 'string' },
        reduced: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

const given = optionsGiven();
if (given.help === true) {
  console.log(usage);
  process.exit(0);
}
const seeds = Number(given.seeds ?? '1');
const first = Number(given.from ?? Date.now() % 1_000_000);
const names = given.row?.split(',');
if (!Number.isSafeInteger(seeds) || seeds < 1) fail('--seeds expects a number of at least 1');
if (!Number.isSafeInteger(first) || first < 0) fail('--from expects a number');
if (given.store !== undefined && given.store !== 'embedded' && given.store !== 'postgres')
  fail('--store expects embedded or postgres');
for (const name of names ?? [])
  if (!rows.some((row) => wanted(row, [name])))
    fail(`there is no row ${name}: ${rows.map(({ id }) => id).join(', ')}`);

const plan = rows
  .filter((row) => wanted(row, names))
  .flatMap((row) => row.stores.map((store) => ({ row, store })))
  .filter(({ store }) => given.store === undefined || given.store === store);

async function databaseServer(): Promise<RunningPostgres | undefined> {
  if (!plan.some(({ store }) => store === 'postgres')) return undefined;
  const programs = await ensurePostgres();
  if (!('unavailable' in programs)) return startPostgres(programs);
  console.log(`Left out all on PostgreSQL: ${programs.unavailable}`);
  return undefined;
}

async function runOne({ row, store }: (typeof plan)[number], seed: number): Promise<RowReport> {
  const progress = (line: string): void => console.log(`    ${line}`);
  try {
    return await row.run({ seed, store, full: given.reduced !== true, server, progress });
  } catch (error) {
    return { wrong: [error instanceof Error ? error.message : String(error)], figures: {} };
  }
}

const server = await databaseServer();
const outcomes: Outcome[] = [];
for (let seed = first; seed < first + seeds; seed += 1)
  for (const one of plan) {
    if (one.store === 'postgres' && server === undefined) continue;
    const { row, store } = one;
    console.log(`${row.id} on ${store}, seed ${seed}: ${row.promise}`);
    const report = await runOne(one, seed);
    outcomes.push({ row, store, seed, report });
    const figures = Object.entries(report.figures).map(([name, value]) => `${name} ${value}`);
    console.log(`  ${report.wrong.length === 0 ? 'held' : 'BROKEN'}: ${figures.join(', ')}`);
    for (const line of report.wrong) console.log(`  ${line}`);
    if (report.wrong.length > 0 && report.lastWords !== undefined) console.log(report.lastWords);
  }
await server?.stop();

const allSeeds = [...new Set(outcomes.map(({ seed }) => seed))];
const lines = plan.map(({ row, store }) => [
  `${row.id} ${store}`,
  ...allSeeds.map((seed) => {
    const found = outcomes.find((one) => one.row === row && one.store === store && one.seed === seed);
    if (found === undefined) return 'left out';
    return found.report.wrong.length === 0 ? 'held' : 'BROKEN';
  }),
]);
const table = [['row', ...allSeeds.map(String)], ...lines];
const widths = table[0]?.map((_, at) => Math.max(...table.map((line) => line[at]?.length ?? 0))) ?? [];
console.log('');
for (const line of table) console.log(line.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  '));
const broken = outcomes.filter(({ report }) => report.wrong.length > 0);
for (const { row, store, seed } of broken)
  console.log(
    `Repeat with: npm run chaos -- --row ${row.id} --store ${store} --from ${seed}${given.reduced === true ? ' --reduced' : ''}`,
  );
process.exit(broken.length === 0 ? 0 : 1);
