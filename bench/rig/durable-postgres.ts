import { ensurePostgres } from '../../dev/postgres/ensure-postgres.ts';
import { startPostgres, type RunningPostgres } from '../../dev/postgres/start-postgres.ts';

/** A real server of our own that waits for its disk, as an operator has it; the servers of tests go without. */
export async function startDurablePostgres(): Promise<RunningPostgres> {
  const found = await ensurePostgres();
  if ('unavailable' in found) throw new Error(found.unavailable);
  return startPostgres(found, ['fsync=on', 'synchronous_commit=on', 'full_page_writes=on']);
}
