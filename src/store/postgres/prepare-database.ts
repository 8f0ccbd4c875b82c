import pg from 'pg';
import { checkServer, type Durability } from './check-server.ts';
import { clientConfig, type PoolLimits, type PostgresConnection } from './connection-pool.ts';
import { migrate } from './migrate.ts';
import { readMigrations, type Migration } from './migration-files.ts';
import { asOpeningFailure } from './opening-failure.ts';

/**
 * Checks that the database is fit for a store and brings its schema up to date. On a connection of its own without a statement
 * timeout: a migration may take its time, and the lock of one who migrates too.
 * @throws {StoreUnavailable} {SchemaMismatch} {UnfitDatabase}
 */
export async function prepareDatabase(
  options: PostgresConnection & PoolLimits,
  migrations?: readonly Migration[],
): Promise<{
  /** Names of the migrations that were missing. */
  readonly applied: string[];
  readonly durability: Durability;
}> {
  const known = migrations ?? (await readMigrations());
  const client = new pg.Client({
    ...clientConfig(options),
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
  });
  // Without a listener a connection that breaks would end the process; the statement under way tells of it.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const durability = await checkServer(client);
    return { applied: await migrate(client, known), durability };
  } catch (error) {
    throw asOpeningFailure(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}
