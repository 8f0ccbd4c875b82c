import { rm } from 'node:fs/promises';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import { writeCheckpoint } from './checkpoint.ts';
import type { GroupSink } from './group-committer.ts';
import type { Image } from './image.ts';
import { Journal } from './journal.ts';
import { listStoreFiles, storeFilePath } from './store-files.ts';

export interface RotationOptions {
  readonly directory: string;
  readonly fsync: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly image: Image;
  /** Journals smaller than this are left alone. */
  readonly minimumBytes: number;
  readonly journal: Journal;
  readonly journalBytes: number;
  readonly checkpointBytes: number;
}

const retryAfterMs = 60_000;

/**
 * Appends to the newest journal, and when journals have grown to more than the state that they describe, begins
 * a new one and writes a checkpoint beside it; only when that is durable do the old files go. A crash at any point leaves either the
 * old checkpoint with all journals after it, or the new one.
 */
export class JournalRotation implements GroupSink {
  readonly #options: RotationOptions;
  #journal: Journal;
  /** In journals that no checkpoint covers, the newest one left out. */
  #olderBytes: number;
  #checkpointBytes: number;
  #checkpointing: Promise<void> | undefined;
  #notBefore = 0;
  #closing = false;

  constructor(options: RotationOptions) {
    this.#options = options;
    this.#journal = options.journal;
    this.#olderBytes = options.journalBytes - options.journal.bytes;
    this.#checkpointBytes = options.checkpointBytes;
  }

  append(frame: Buffer): Promise<void> {
    return this.#journal.append(frame);
  }

  async settled(lastGroup: number): Promise<void> {
    const { minimumBytes, clock } = this.#options;
    const bytes = this.#olderBytes + this.#journal.bytes;
    if (bytes < Math.max(minimumBytes, 2 * this.#checkpointBytes)) return;
    if (this.#closing || this.#checkpointing !== undefined || clock.now() < this.#notBefore) return;
    const begun = await this.#attempt(() => this.#beginJournal(lastGroup));
    if (!begun) return;
    this.#checkpointing = this.#attempt(() => this.#checkpoint(lastGroup)).then(() => {
      this.#checkpointing = undefined;
    });
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.#checkpointing;
    await this.#journal.close();
  }

  /** The store goes on with the journals that it has. */
  async #attempt(step: () => Promise<void>): Promise<boolean> {
    try {
      await step();
      return true;
    } catch (error) {
      this.#notBefore = this.#options.clock.now() + retryAfterMs;
      const fields = { directory: this.#options.directory, error: String(error), retryAfterMs };
      this.#options.logger.warn(fields, 'store: no checkpoint could be written; its journals stay');
      return false;
    }
  }

  async #beginJournal(after: number): Promise<void> {
    const { directory, fsync } = this.#options;
    const path = storeFilePath(directory, 'journal', after);
    const next = await Journal.create(path, after, fsync);
    this.#olderBytes += this.#journal.bytes;
    const old = this.#journal;
    this.#journal = next;
    await old.close();
  }

  async #checkpoint(after: number): Promise<void> {
    const { directory, image, logger, fsync } = this.#options;
    const covered = this.#olderBytes;
    const path = storeFilePath(directory, 'checkpoint', after);
    const bytes = await writeCheckpoint(path, after, image, fsync);
    const { files } = await listStoreFiles(directory);
    for (const file of files) if (file.after < after) await rm(file.path, { force: true });
    this.#olderBytes -= covered;
    this.#checkpointBytes = bytes;
    logger.debug({ directory, after, records: image.records, bytes, fsync }, 'store: checkpoint written');
  }
}
