import type { Pool } from 'pg';

/** The server's wall clock, milliseconds since the epoch. */
export async function databaseTime(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ milliseconds: string }>({
    name: 'database-time',
    text: 'SELECT extract(epoch FROM clock_timestamp()) * 1000 AS milliseconds',
  });
  return Number(rows[0]?.milliseconds);
}
