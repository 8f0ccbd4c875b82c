import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { limited } from './read-limited.ts';

/** A file kept on disk while it is being handed on. */
export interface Spooled {
  readonly sizeBytes: number;
  open(): Readable;
  /** Must be called in the end. */
  remove(): Promise<void>;
}

/** Writes the parts of one file to a temporary one. @throws {TooLarge} once they have more than `limit` bytes; nothing is left then */
export async function spool(parts: readonly (Buffer | Readable)[], limit: number): Promise<Spooled> {
  const directory = await mkdtemp(join(tmpdir(), 'switchboard-media-'));
  const path = join(directory, 'file');
  const clean = (): Promise<void> => rm(directory, { recursive: true, force: true });
  let sizeBytes = 0;
  try {
    const count = (total: number): void => {
      sizeBytes = total;
    };
    await pipeline(limited(parts, limit, count), createWriteStream(path, { mode: 0o600 }));
  } catch (error) {
    await clean();
    throw error;
  }
  return { sizeBytes, open: () => createReadStream(path), remove: clean };
}
