import type { PoolClient } from 'pg';
import { indexLock } from '../advisory-locks.ts';

/** Opens a transaction that no commit runs beside. Its statements are about pages of records, each put together with its keys by one look at both. */
export async function beginAddingIndex(client: PoolClient): Promise<void> {
  await client.query(
    `BEGIN; SELECT pg_advisory_xact_lock(${indexLock}); SET LOCAL enable_nestloop = off; SET LOCAL enable_hashjoin = on`,
  );
}
