import type { ClientBase } from 'pg';
import { UnfitDatabase } from './unfit-database.ts';

const oldestVersion = 13;

/** How far the server's own settings keep a commit. */
export interface Durability {
  /** `synchronous_commit`: answers come after the flush to disk. */
  readonly waitsForDisk: boolean;
  /** `fsync`. Without it a power cut may destroy everything, and only the server's administrator can turn it on. */
  readonly flushes: boolean;
}

/** What a server says of itself and of the role that it let in. */
export interface ServerFacts {
  readonly role: string;
  /** Superuser or BYPASSRLS. */
  readonly passes: boolean;
  readonly encoding: string;
  /** `server_version_num`: 150018 is 15.18. */
  readonly version: number;
  readonly synchronous: string;
  readonly fsync: string;
}

/** @throws {UnfitDatabase} when the fence between tenants would not hold, or texts would not be kept. */
export async function checkServer(client: ClientBase): Promise<Durability> {
  const { rows } = await client.query<ServerFacts>(
    `SELECT rolname AS role, rolsuper OR rolbypassrls AS passes,
      current_setting('server_encoding') AS encoding, current_setting('server_version_num')::integer AS version,
      current_setting('synchronous_commit') AS synchronous, current_setting('fsync') AS fsync
    FROM pg_roles WHERE rolname = current_user`,
  );
  const [found] = rows;
  if (found === undefined) throw new Error('PostgreSQL does not know the role that it let in');
  mustFit(found);
  return { waitsForDisk: found.synchronous !== 'off', flushes: found.fsync === 'on' };
}

/** @throws {UnfitDatabase} */
export function mustFit({ role, passes, encoding, version }: ServerFacts): void {
  if (version < oldestVersion * 10_000) {
    throw new UnfitDatabase(
      `PostgreSQL ${Math.floor(version / 10_000)}, which is too old`,
      `${oldestVersion} or later`,
    );
  }
  if (passes) {
    throw new UnfitDatabase(
      `that the role ${role} is a superuser or has BYPASSRLS, so row security would not hold tenants apart`,
      'a role of its own: CREATE ROLE switchboard LOGIN PASSWORD ...; CREATE DATABASE switchboard OWNER switchboard',
    );
  }
  if (encoding !== 'UTF8') {
    throw new UnfitDatabase(`a database with encoding ${encoding}`, "one made with ENCODING 'UTF8'");
  }
}
