import type { Pool } from 'pg';

/** How many numbers one value of the database's sequence stands for. */
const blockSize = 1000;

/** The first of numbers that are given to nobody else, all greater than what was given before, and how many they are. */
export async function takeNumbers(pool: Pool): Promise<{ readonly first: number; readonly count: number }> {
  const { rows } = await pool.query<{ block: string }>({
    name: 'take-numbers',
    text: `SELECT nextval('switchboard.number_blocks') AS block`,
  });
  return { first: Number(rows[0]?.block) * blockSize, count: blockSize };
}
