import { spawn } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';

export interface SwitchboardProcess {
  readonly log: string;
  /** SIGTERM, and waits; gives the exit code, null where a signal ended it. */
  stop(): Promise<number | null>;
  /** SIGKILL, and waits. */
  kill(): Promise<void>;
}

/** Runs the product as an operator would, and waits until it is ready. Its log goes to a file. */
export async function startSwitchboardProcess(options: {
  readonly config: string;
  readonly httpPort: number;
  readonly log: string;
}): Promise<SwitchboardProcess> {
  const main = new URL('../../src/main.ts', import.meta.url).pathname;
  const child = spawn(
    process.execPath,
    ['--disable-proto=delete', '--disable-warning=DEP0060', main, '-c', options.config],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const log = createWriteStream(options.log, { flags: 'a' });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  // Not `exit`: what it wrote last may still be on its way then, and the log must not be closed before.
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const stopWithUs = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', stopWithUs);
  const deadline = performance.now() + 120_000;
  for (;;) {
    if (child.exitCode !== null || performance.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(
        `Switchboard did not become ready. The end of its log:\n${readFileSync(options.log, 'utf8').slice(-3000)}`,
      );
    }
    const answer = await fetch(`http://127.0.0.1:${String(options.httpPort)}/ready`).catch(() => undefined);
    if (answer?.ok === true) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> => {
    process.off('exit', stopWithUs);
    child.kill(signal);
    const code = await ended;
    log.end();
    return code;
  };
  return {
    log: options.log,
    stop: async () => end('SIGTERM'),
    async kill() {
      await end('SIGKILL');
    },
  };
}
