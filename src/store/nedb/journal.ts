import { open, rename, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crashPoint, isCrashPointWanted } from '../../platform/crash-point.ts';
import { StoreUnavailable } from '../store.ts';
import { encodeFrame } from './frame.ts';
import { encodeTitle } from './frame-payload.ts';

/** Makes a rename or a new name durable. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The file to which groups are appended. One append at a time. */
export class Journal {
  readonly path: string;
  readonly #file: FileHandle;
  readonly #fsync: boolean;
  /** Where the last good frame ends; what lies behind is not ours to keep. */
  #end: number;
  #tailIsClean = true;

  private constructor(path: string, file: FileHandle, end: number, fsync: boolean) {
    this.path = path;
    this.#file = file;
    this.#end = end;
    this.#fsync = fsync;
  }

  /** Under its name only once its first frame is durable. */
  static async create(path: string, after: number, fsync: boolean): Promise<Journal> {
    const frame = encodeFrame(encodeTitle({ kind: 'journal', after }));
    const file = await open(`${path}.tmp`, 'w+', 0o600);
    try {
      await file.write(frame, 0, frame.length, 0);
      await file.sync();
      await rename(`${path}.tmp`, path);
      await syncDirectory(dirname(path));
      return new Journal(path, file, frame.length, fsync);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Drops what lies behind `end`. */
  static async reopen(path: string, end: number, fsync: boolean): Promise<Journal> {
    const file = await open(path, 'r+');
    try {
      await file.truncate(end);
      await file.sync();
      return new Journal(path, file, end, fsync);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  get bytes(): number {
    return this.#end;
  }

  /**
   * Durable when it resolves.
   * @throws {StoreUnavailable} with the system's error as cause; the frame is not in the journal then, and the next
   * append finds the file as it was.
   */
  async append(frame: Buffer): Promise<void> {
    try {
      if (!this.#tailIsClean) await this.#dropTail();
      crashPoint('store-before-append');
      this.#tailIsClean = false;
      const half = isCrashPointWanted('store-half-appended') ? frame.length >> 1 : 0;
      if (half > 0) await this.#write(frame.subarray(0, half), this.#end);
      if (half > 0) crashPoint('store-half-appended');
      await this.#write(frame.subarray(half), this.#end + half);
      if (this.#fsync) await this.#file.datasync();
    } catch (error) {
      // Best effort now, so that space is given back; needed before the next append.
      await this.#dropTail().catch(() => undefined);
      const reason = error instanceof Error ? error.message : String(error);
      throw new StoreUnavailable(`${this.path}: ${reason}`, { cause: error });
    }
    this.#end += frame.length;
    this.#tailIsClean = true;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #write(bytes: Buffer, position: number): Promise<void> {
    let written = 0;
    while (written < bytes.length) {
      const result = await this.#file.write(bytes, written, bytes.length - written, position + written);
      written += result.bytesWritten;
    }
  }

  /** With fsync: after a failed fsync the system may call the lost pages clean, so the next commit must write its own. */
  async #dropTail(): Promise<void> {
    await this.#file.truncate(this.#end);
    if (this.#fsync) await this.#file.sync();
    this.#tailIsClean = true;
  }
}
