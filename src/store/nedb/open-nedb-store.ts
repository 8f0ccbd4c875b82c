import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import type { Store } from '../store.ts';
import { lockDirectory } from './directory-lock.ts';
import { GroupCommitter, type GroupReport } from './group-committer.ts';
import { Image } from './image.ts';
import { Journal } from './journal.ts';
import { JournalRotation } from './journal-rotation.ts';
import { NedbStore, type OpenReport } from './nedb-store.ts';
import { recover } from './recovery.ts';
import { storeFilePath } from './store-files.ts';

export interface NedbStoreOptions {
  /** Made if missing, readable by its owner only. One process at a time. */
  readonly directory: string;
  /**
   * Default true: what was committed survives a power cut. Without it commits are some times faster (bench/store.ts) and survive the end of the
   * process, however violent, but not that of the machine.
   */
  readonly fsync?: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Journals are folded into a checkpoint from this size on. Default 16 MiB. */
  readonly checkpointBytes?: number;
  /** Told of each write to disk; for metrics. */
  readonly onGroup?: (group: GroupReport) => void;
}

const defaultCheckpointBytes = 16 * 1024 * 1024;

/**
 * The embedded store.
 * @throws {StoreInUse} when another process has the directory.
 * @throws {StoreDamaged} when a file is not as it was written; names the file, the place and the cure.
 */
export async function openNedbStore(
  options: NedbStoreOptions,
): Promise<Store & { readonly openReport: OpenReport }> {
  const { directory, fsync = true, clock, logger } = options;
  const startedAt = clock.now();
  const lock = lockDirectory(directory);
  try {
    const image = new Image();
    const found = await recover(directory, image);
    if (found.tornBytes > 0) {
      const fields = { file: found.journal?.path, offset: found.journal?.end, bytes: found.tornBytes };
      logger.warn(fields, 'store: the last write had not finished and was never acknowledged; dropped');
    }
    const journal =
      found.journal === undefined
        ? await Journal.create(storeFilePath(directory, 'journal', found.lastGroup), found.lastGroup, fsync)
        : await Journal.reopen(found.journal.path, found.journal.end, fsync);
    const rotation = new JournalRotation({
      directory,
      fsync,
      clock,
      logger,
      image,
      minimumBytes: options.checkpointBytes ?? defaultCheckpointBytes,
      journal,
      journalBytes: Math.max(found.journalBytes, journal.bytes),
      checkpointBytes: found.checkpointBytes,
    });
    const onGroup = options.onGroup ?? (() => undefined);
    const committer = new GroupCommitter(image, rotation, found.lastGroup, onGroup);
    const milliseconds = clock.now() - startedAt;
    const openReport = { records: image.records, droppedBytes: found.tornBytes, milliseconds };
    logger.info({ directory, fsync, ...openReport }, 'store: open');
    return new NedbStore(image, committer, openReport, async () => {
      await rotation.close();
      lock.release();
    });
  } catch (error) {
    lock.release();
    throw error;
  }
}
