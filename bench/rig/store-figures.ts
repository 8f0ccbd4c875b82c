import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';

export interface StoreFigures {
  /** On disk. */
  readonly bytes: number;
  /** To the database; 0 for the embedded store. */
  readonly connections: number;
}

export interface StoreWatch {
  figures(): Promise<StoreFigures>;
  close(): Promise<void>;
}

export async function watchPostgres(adminUrl: string, database: string): Promise<StoreWatch> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  const name = new URL(database).pathname.slice(1);
  return {
    async figures() {
      const { rows } = await client.query<{ bytes: string; connections: string }>(
        'SELECT pg_database_size($1) AS bytes, (SELECT count(*) FROM pg_stat_activity WHERE datname = $1) AS connections',
        [name],
      );
      return { bytes: Number(rows[0]?.bytes), connections: Number(rows[0]?.connections) };
    },
    close: async () => client.end(),
  };
}

export function watchDirectory(directory: string): StoreWatch {
  return {
    figures: async () => ({ bytes: sizeOf(directory), connections: 0 }),
    close: async () => undefined,
  };
}

function sizeOf(directory: string): number {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => {
      // A file may be replaced while we look.
      return sum + (statSync(join(parentPath, name), { throwIfNoEntry: false })?.size ?? 0);
    }, 0);
}
