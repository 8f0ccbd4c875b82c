import pg from 'pg';
import type { RunningPostgres } from '../../dev/postgres/start-postgres.ts';

/** All of all tables of a database of the server. */
export async function dumpedDatabase(server: RunningPostgres, place: string): Promise<string> {
  const admin = new URL(server.adminUrl);
  admin.pathname = new URL(place).pathname;
  const client = new pg.Client({ connectionString: admin.href });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'switchboard'`,
    );
    const texts: string[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ text: string }>(`SELECT t::text AS text FROM ${name} t`);
      texts.push(...rows.map(({ text }) => text));
    }
    return texts.join('\n');
  } finally {
    await client.end();
  }
}
