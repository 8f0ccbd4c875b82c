import type { ClientBase } from 'pg';

/** Connections to this database that go by the name. */
export async function countOthers(client: ClientBase, applicationName: string): Promise<number> {
  const { rows } = await client.query<{ others: number }>(
    `SELECT count(*)::integer AS others FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = $1`,
    [applicationName],
  );
  return rows[0]?.others ?? 0;
}
