import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { aptInstall } from './apt.ts';

const startPolicy = '/usr/sbin/policy-rc.d';
const run = promisify(execFile);

export interface DebianPackage {
  /** For people. */
  readonly name: string;
  /** The program, where Debian puts it: while it is there nothing is installed. */
  readonly path: string;
  /** What is installed; the version is that of the first. */
  readonly packages: readonly [string, ...string[]];
  /** An environment variable that makes it unavailable with `1`, so that the skipping itself can be seen. */
  readonly forbiddenBy: string;
  readonly onProgress?: ((line: string) => void) | undefined;
}

/** Finds a program, or installs it from Debian's packages (about 10 s) where we are root. `unavailable` says in words why tests that need it must be skipped. */
export async function ensureDebianPackage({
  name,
  path,
  packages,
  forbiddenBy,
  onProgress = () => undefined,
}: DebianPackage): Promise<{ readonly version: string } | { readonly unavailable: string }> {
  if (process.env[forbiddenBy] === '1') return { unavailable: `${forbiddenBy}=1 says not to use ${name}` };
  try {
    if (!existsSync(path)) {
      if (process.getuid?.() !== 0)
        return { unavailable: `${name} is not installed, and only root may install it` };
      if (!existsSync('/usr/bin/apt-get'))
        return { unavailable: `${name} is not installed, and there is no apt-get` };
      await install(name, packages, onProgress);
    }
    return { version: await installedVersion(packages[0]) };
  } catch (error) {
    return {
      unavailable: `${name} cannot be installed: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}

async function install(
  name: string,
  packages: readonly string[],
  progress: (line: string) => void,
): Promise<void> {
  const restore = await forbidServices();
  try {
    await aptInstall(packages, (line) => progress(`${name}: ${line}`));
  } finally {
    await restore();
  }
  progress(`${name}: installed`);
}

/**
 * Debian starts a daemon when its package is installed, unless policy-rc.d says no. A machine that has such a policy keeps it;
 * elsewhere one stands there for the time of the install only, so that nothing is left listening on the default ports
 * and nothing that an operator runs has to be stopped.
 */
async function forbidServices(): Promise<() => Promise<void>> {
  try {
    await writeFile(startPolicy, '#!/bin/sh\nexit 101\n', { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return async () => undefined;
    throw error;
  }
  await chmod(startPolicy, 0o755);
  return () => rm(startPolicy, { force: true });
}

async function installedVersion(name: string): Promise<string> {
  try {
    const { stdout } = await run('dpkg-query', ['-W', '-f', '${Version}', name]);
    return stdout.trim();
  } catch {
    return 'unknown'; // installed by other means than Debian's
  }
}
