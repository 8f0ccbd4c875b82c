import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** Where Debian puts what we start. */
export const prosodyPath = '/usr/bin/prosody';

const startPolicy = '/usr/sbin/policy-rc.d';
const run = promisify(execFile);

/**
 * Finds Prosody, or installs it from Debian's packages (about 10 s) where we are root. `unavailable` says in words why tests
 * that need it must be skipped. `SWITCHBOARD_NO_PROSODY=1` makes it unavailable, so that the skipping itself can be seen.
 */
export async function ensureProsody(
  options: { readonly onProgress?: (line: string) => void } = {},
): Promise<{ readonly version: string } | { readonly unavailable: string }> {
  const progress = options.onProgress ?? (() => undefined);
  if (process.env['SWITCHBOARD_NO_PROSODY'] === '1')
    return { unavailable: 'SWITCHBOARD_NO_PROSODY=1 says not to use Prosody' };
  try {
    if (!existsSync(prosodyPath)) {
      if (process.getuid?.() !== 0)
        return { unavailable: 'Prosody is not installed, and only root may install it' };
      if (!existsSync('/usr/bin/apt-get'))
        return { unavailable: 'Prosody is not installed, and there is no apt-get' };
      await install(progress);
    }
    return { version: await installedVersion() };
  } catch (error) {
    return {
      unavailable: `Prosody cannot be installed: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}

async function install(progress: (line: string) => void): Promise<void> {
  const restore = await forbidServices();
  try {
    progress('Prosody: reading the package lists');
    await apt(['update', '-q']).catch(() => undefined); // a stale list may still do
    progress('Prosody: installing prosody and prosody-modules');
    await apt(['install', '-y', '-q', '--no-install-recommends', 'prosody', 'prosody-modules']);
  } finally {
    await restore();
  }
  progress('Prosody: installed');
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

async function apt(args: readonly string[]): Promise<void> {
  const child = spawn('apt-get', args, {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-2000)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  if (code !== 0)
    throw new Error(`apt-get ${args[0] ?? ''} failed: ${errors.trim() || `exit code ${code ?? '?'}`}`);
}

async function installedVersion(): Promise<string> {
  try {
    const { stdout } = await run('dpkg-query', ['-W', '-f', '${Version}', 'prosody']);
    return stdout.trim();
  } catch {
    return 'unknown'; // installed by other means than Debian's
  }
}
