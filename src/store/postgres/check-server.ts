import type { ClientBase } from 'pg';

/** The database or the role is not fit to hold a store; says what to do. */
export class UnfitDatabase extends Error {
  override readonly name = 'UnfitDatabase';
}

const oldestVersion = 13;

/** How far the server's own settings keep a commit. */
export interface Durability {
  /** `synchronous_commit`: answers come after the flush to disk. */
  readonly waitsForDisk: boolean;
  /** `fsync`. Without it a power cut may destroy everything, and only the server's administrator can turn it on. */
  readonly flushes: boolean;
}

/** @throws {UnfitDatabase} when the fence between tenants would not hold, or texts would not be kept. */
export async function checkServer(client: ClientBase): Promise<Durability> {
  const { rows } = await client.query<{
    role: string;
    passes: boolean;
    encoding: string;
    version: number;
    synchronous: string;
    fsync: string;
  }>(
    `SELECT rolname AS role, rolsuper OR rolbypassrls AS passes,
      current_setting('server_encoding') AS encoding, current_setting('server_version_num')::integer AS version,
      current_setting('synchronous_commit') AS synchronous, current_setting('fsync') AS fsync
    FROM pg_roles WHERE rolname = current_user`,
  );
  const [found] = rows;
  if (found === undefined) throw new UnfitDatabase('PostgreSQL does not know the role that it let in');
  if (found.passes) {
    throw new UnfitDatabase(
      `the role ${found.role} is a superuser or has BYPASSRLS, so row security would not hold tenants apart: ` +
        'create one with CREATE ROLE switchboard LOGIN PASSWORD ...; CREATE DATABASE switchboard OWNER switchboard; and connect as that',
    );
  }
  if (found.encoding !== 'UTF8') {
    throw new UnfitDatabase(`the database has encoding ${found.encoding}: create it with ENCODING 'UTF8'`);
  }
  if (found.version < oldestVersion * 10_000) {
    throw new UnfitDatabase(
      `PostgreSQL ${Math.floor(found.version / 10_000)} is too old: ${oldestVersion} or later`,
    );
  }
  return { waitsForDisk: found.synchronous !== 'off', flushes: found.fsync === 'on' };
}
