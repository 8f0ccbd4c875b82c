import type { ClientBase } from 'pg';
import { migrationLock } from './advisory-locks.ts';
import type { Migration } from './migration-files.ts';

/** The database was migrated by a later program, or by one whose migrations differ. Nothing was changed. */
export class SchemaMismatch extends Error {
  override readonly name = 'SchemaMismatch';
}

interface Applied {
  readonly number: number;
  readonly name: string;
  readonly checksum: string;
}

/**
 * Brings the schema up to the last migration, all in one transaction under a lock: of replicas that start at once, one migrates and the
 * others find it done. Gives the names of what it applied. The client must have no statement timeout.
 * @throws {SchemaMismatch}
 */
export async function migrate(client: ClientBase, migrations: readonly Migration[]): Promise<string[]> {
  await client.query('BEGIN');
  try {
    await client.query('SELECT pg_advisory_xact_lock($1)', [migrationLock]);
    await createMigrationTable(client);
    const missing = await missingMigrations(client, migrations);
    for (const { number, name, sql, checksum } of missing) {
      await client.query(sql);
      await client.query('INSERT INTO switchboard.migrations (number, name, checksum) VALUES ($1, $2, $3)', [
        number,
        name,
        checksum,
      ]);
    }
    await client.query('COMMIT');
    return missing.map(({ name }) => name);
  } catch (error) {
    // The connection may be what failed; the caller closes it either way, which ends the transaction too.
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** What `migrate` would apply to a database that has the schema. Changes nothing. @throws {SchemaMismatch} */
export async function pendingMigrations(
  client: ClientBase,
  migrations: readonly Migration[],
): Promise<readonly Migration[]> {
  const { rows } = await client.query<{ there: boolean }>(
    `SELECT to_regclass('switchboard.migrations') IS NOT NULL AS there`,
  );
  return rows[0]?.there === true ? missingMigrations(client, migrations) : migrations;
}

async function missingMigrations(
  client: ClientBase,
  migrations: readonly Migration[],
): Promise<readonly Migration[]> {
  const applied = await appliedMigrations(client);
  mustFit(applied, migrations);
  return migrations.slice(applied.length);
}

/** A role that may not create schemas may still use one that was made for it. */
async function createMigrationTable(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ there: boolean }>(
    `SELECT to_regnamespace('switchboard') IS NOT NULL AS there`,
  );
  if (rows[0]?.there !== true) await client.query('CREATE SCHEMA switchboard');
  await client.query(
    `CREATE TABLE IF NOT EXISTS switchboard.migrations (
      number integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,
      applied_at timestamptz NOT NULL DEFAULT now())`,
  );
}

async function appliedMigrations(client: ClientBase): Promise<Applied[]> {
  const { rows } = await client.query<Applied>(
    'SELECT number, name, checksum FROM switchboard.migrations ORDER BY number',
  );
  return rows;
}

function mustFit(applied: readonly Applied[], known: readonly Migration[]): void {
  if (applied.length > known.length) {
    throw new SchemaMismatch(
      `the database has schema ${applied.length} (${applied.at(-1)?.name ?? ''}), this program knows ${known.length}: ` +
        'start the version that migrated it, or a later one; nothing was changed',
    );
  }
  for (const [at, { number, name, checksum }] of applied.entries()) {
    if (number === known[at]?.number && checksum === known[at].checksum) continue;
    throw new SchemaMismatch(
      `migration ${name} was applied with another content than this program has: migrations are never edited; nothing was changed`,
    );
  }
}
