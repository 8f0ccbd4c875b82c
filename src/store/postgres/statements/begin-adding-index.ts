import type { PoolClient } from 'pg';
import { indexLock } from '../advisory-locks.ts';

/** Opens a transaction that no commit runs beside. */
export async function beginAddingIndex(client: PoolClient): Promise<void> {
  await client.query(`BEGIN; SELECT pg_advisory_xact_lock(${indexLock})`);
}
