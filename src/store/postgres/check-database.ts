import pg from 'pg';
import { checkServer } from './check-server.ts';
import { clientConfig, type PoolLimits, type PostgresConnection } from './connection-pool.ts';
import { pendingMigrations } from './migrate.ts';
import { readMigrations } from './migration-files.ts';
import { asOpeningFailure } from './opening-failure.ts';
import { databaseFacts, type DatabaseFacts } from './statements/database-facts.ts';
import { unfinishedMove } from './unfinished-move.ts';
import { UnfitDatabase } from './unfit-database.ts';

/** What was found in a database in which a store could be opened. */
export interface CheckedDatabase extends Pick<DatabaseFacts, 'role' | 'server' | 'isEncrypted'> {
  /** Migrations that the next start applies. */
  readonly pending: number;
  readonly isEmpty: boolean;
}

/**
 * Whether a store could be opened here. Changes nothing.
 * @throws {StoreUnavailable} {SchemaMismatch} {UnfitDatabase} as the opening would
 */
export async function checkDatabase(options: PostgresConnection & PoolLimits): Promise<CheckedDatabase> {
  const migrations = await readMigrations();
  const client = new pg.Client({
    ...clientConfig({ ...options, applicationName: 'switchboard-check' }),
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
    statement_timeout: options.statementTimeoutMs ?? 10_000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await checkServer(client);
    const { role, server, isEncrypted, hasSchema, mayCreate } = await databaseFacts(client);
    if (!mayCreate) {
      throw new UnfitDatabase(
        `that the role ${role} may make nothing in ${hasSchema ? 'the schema switchboard' : 'this database'}`,
        'a role that owns the database, or the schema switchboard and all that is in it',
      );
    }
    const pending = hasSchema ? await pendingMigrations(client, migrations) : migrations;
    if (hasSchema && (await unfinishedMove(client)) !== undefined)
      throw new UnfitDatabase('a move that has not finished', 'that --move-store is run again until it has');
    const isNew = pending.length === migrations.length;
    // Before all migrations are there it cannot be asked; a store that is half way is not a new one.
    const isEmpty = isNew || (pending.length === 0 && !(await hasRecords(client)));
    return { role, server, isEncrypted, pending: pending.length, isEmpty };
  } catch (error) {
    throw asOpeningFailure(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function hasRecords(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(
    'SELECT EXISTS (SELECT FROM switchboard.tenants_with_records()) AS found',
  );
  return rows[0]?.found === true;
}
