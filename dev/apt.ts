import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/** Waits before the second and the third try: a mirror that is being filled, a network that has just come up, another one's lock. */
const pausesMs = [10_000, 30_000];
/** A new machine may be busy with its own updates (dpkg's lock); and single files may fail. */
const patience = ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=5'];

/** Installs Debian's packages, as root. @throws {Error} with what apt-get said last */
export async function aptInstall(
  packages: readonly string[],
  progress: (line: string) => void,
): Promise<void> {
  for (let failed = 0; ; failed += 1) {
    try {
      progress('reading the package lists');
      await apt(['update', '-q']).catch(() => undefined); // a stale list may still do
      progress(`installing ${packages.join(' and ')}`);
      await apt(['install', '-y', '-q', '--no-install-recommends', ...packages]);
      return;
    } catch (error) {
      const pause = pausesMs[failed];
      if (pause === undefined) throw error;
      progress(
        `${error instanceof Error ? error.message : String(error)}; trying again in ${pause / 1000} s`,
      );
      await sleep(pause);
    }
  }
}

async function apt(args: readonly string[]): Promise<void> {
  const child = spawn('apt-get', [...patience, ...args], {
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
