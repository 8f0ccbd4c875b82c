import type { ClientBase } from 'pg';

export interface DatabaseFacts {
  readonly role: string;
  /** `15.18`, with what the packager adds. */
  readonly server: string;
  readonly isEncrypted: boolean;
  readonly hasSchema: boolean;
  /** In the schema `switchboard`, or the schema itself. */
  readonly mayCreate: boolean;
}

export async function databaseFacts(client: ClientBase): Promise<DatabaseFacts> {
  const { rows } = await client.query<DatabaseFacts>(
    `SELECT current_user::text AS role, current_setting('server_version') AS server,
      COALESCE((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS "isEncrypted",
      to_regnamespace('switchboard') IS NOT NULL AS "hasSchema",
      COALESCE(has_schema_privilege(to_regnamespace('switchboard')::oid, 'CREATE'),
        has_database_privilege(current_database(), 'CREATE')) AS "mayCreate"`,
  );
  const [found] = rows;
  if (found === undefined) throw new Error('PostgreSQL says nothing of itself');
  return found;
}
