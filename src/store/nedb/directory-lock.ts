import { spawnSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** Another process (or another store in this one) has the directory open. */
export class StoreInUse extends Error {
  override readonly name = 'StoreInUse';
}

/**
 * Holds the directory until released or until this process ends, however it ends: a lock of the kernel on an open file, so there
 * is no stale lock, no reused pid to be fooled by, and containers that share the volume see it. Node cannot take
 * such a lock itself; `flock` takes it on the descriptor that it inherits, and it stays with our open file.
 * @throws {StoreInUse}
 */
export function lockDirectory(directory: string): { release(): void } {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, 'lock');
  const fd = openSync(path, 'a+', 0o600);
  try {
    const locked = spawnSync('flock', ['-n', '-x', '3'], { stdio: ['ignore', 'ignore', 'pipe', fd] });
    if (locked.error !== undefined) {
      throw new Error(`${directory}: cannot lock it: flock (package util-linux) did not start`, {
        cause: locked.error,
      });
    }
    if (locked.status !== 0) {
      const holder = readFileSync(path, 'utf8').trim();
      const reason = locked.stderr.toString().trim();
      throw new StoreInUse(
        `${directory} is in use by another process${holder === '' ? '' : ` (${holder})`}` +
          `${reason === '' ? '' : `: ${reason}`}. Stop that one first; two on the same files would destroy them.`,
      );
    }
    ftruncateSync(fd, 0);
    writeSync(fd, `pid ${process.pid} on ${hostname()} since ${new Date().toISOString()}\n`);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  return { release: () => closeSync(fd) };
}
