import type { Pool, PoolClient } from 'pg';

/** Throws away what was done and is not an error of the connection: the client goes back into the pool. */
export class RolledBack extends Error {
  override readonly name = 'RolledBack';
}

/**
 * Runs `action` on a connection of its own, in a transaction that `begin` opens. After any failure but {@link RolledBack} the connection is dropped, since its state is not known.
 */
export async function inTransaction<Begun, Result>(
  pool: Pool,
  begin: (client: PoolClient) => Promise<Begun>,
  action: (client: PoolClient, begun: Begun) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  // A connection that breaks while it is lent also emits an error; the statement under way rejects with it.
  const ignore = (): void => undefined;
  client.on('error', ignore);
  let drop = true;
  try {
    const result = await action(client, await begin(client));
    await client.query('COMMIT');
    drop = false;
    return result;
  } catch (error) {
    if (error instanceof RolledBack) {
      await client.query('ROLLBACK');
      drop = false;
    }
    throw error;
  } finally {
    client.off('error', ignore);
    client.release(drop);
  }
}
