import { compareBytes } from '../byte-order.ts';
import type { RecordWalk, WalkedRecord } from '../record-walk.ts';
import { lockDirectory } from './directory-lock.ts';
import { Image } from './image.ts';
import { recover } from './recovery.ts';
import { listStoreFiles } from './store-files.ts';

/** The directory of an embedded store that nobody else may open meanwhile. */
export interface HeldDirectory {
  /** Reads the files anew each time. A write that had not finished when its process ended is left out, as an opening drops it. */
  walk(): RecordWalk;
  release(): void;
}

/** Whether there are files of an embedded store. */
export async function holdsEmbeddedStore(directory: string): Promise<boolean> {
  try {
    return (await listStoreFiles(directory)).files.length > 0;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw error;
  }
}

/** @throws {StoreInUse} */
export function holdDirectory(directory: string): HeldDirectory {
  const lock = lockDirectory(directory);
  return {
    walk: () => walk(directory),
    release: () => {
      lock.release();
    },
  };
}

async function* walk(directory: string): AsyncGenerator<WalkedRecord> {
  const image = new Image();
  await recover(directory, image);
  const tables = image
    .snapshot()
    .sort((a, b) => compareBytes(a.tenant, b.tenant) || compareBytes(a.collection, b.collection));
  for (const { tenant, collection, rows } of tables) {
    const inOrder = [...rows].sort((a, b) => compareBytes(a._id, b._id));
    for (const { _id: id, version, json } of inOrder) yield { tenant, collection, id, version, json };
  }
}
