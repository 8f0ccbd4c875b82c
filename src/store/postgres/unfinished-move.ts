import type { ClientBase } from 'pg';

/** The directory that is being moved here, or `undefined`. */
export async function unfinishedMove(client: ClientBase): Promise<string | undefined> {
  const { rows } = await client.query<{ there: boolean }>(
    `SELECT to_regclass('switchboard.unfinished_move') IS NOT NULL AS there`,
  );
  if (rows[0]?.there !== true) return undefined;
  const found = await client.query<{ source: string }>('SELECT source FROM switchboard.unfinished_move');
  return found.rows[0]?.source;
}

/** Notes what is being moved, before the first record is: from now on no store opens here. */
export async function beginMove(client: ClientBase, source: string): Promise<void> {
  await client.query('BEGIN; CREATE TABLE switchboard.unfinished_move (source text NOT NULL)');
  await client.query('INSERT INTO switchboard.unfinished_move (source) VALUES ($1)', [source]);
  await client.query('COMMIT');
}

export async function endMove(client: ClientBase): Promise<void> {
  await client.query('DROP TABLE switchboard.unfinished_move');
}
