import { ensurePostgres } from '../../dev/postgres/ensure-postgres.ts';
import { startPostgres, type RunningPostgres } from '../../dev/postgres/start-postgres.ts';

/** As an operator has it; the servers of tests go without. */
const durable = ['fsync=on', 'synchronous_commit=on', 'full_page_writes=on'];

/** A real server of our own. @throws {Error} that says why there is none. */
export async function startBenchPostgres(settings: readonly string[] = []): Promise<RunningPostgres> {
  const found = await ensurePostgres();
  if ('unavailable' in found) throw new Error(found.unavailable);
  return startPostgres(found, [...durable, ...settings]);
}
