import type { Settings } from './config/load-config.ts';
import { SchemaMismatch } from './store/postgres/migrate.ts';
import { UnfitDatabase } from './store/postgres/unfit-database.ts';
import { StoreUnavailable } from './store/store.ts';

/** Why PostgreSQL could not be opened, where the person at the keyboard can do something about it: path, found, expected. */
export function postgresFailure(
  { postgres }: Pick<Settings, 'postgres'>,
  error: unknown,
): string | undefined {
  if (postgres === undefined || !(error instanceof Error)) return undefined;
  const url = 'store.postgres.url';
  if (error instanceof UnfitDatabase) return `${url}: ${error.message}`;
  if (error instanceof SchemaMismatch)
    return `${url}: found another schema than this version makes, expected its own: ${error.message}`;
  if (error instanceof StoreUnavailable)
    return `${url}: found no database to work with (${error.message}), expected a PostgreSQL that runs and can be reached from here`;
  return undefined;
}
