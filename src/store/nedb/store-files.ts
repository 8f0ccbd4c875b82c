import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileKind } from './frame-payload.ts';

/** A file of the store, by the group that it begins after (journal) or that it holds everything up to (checkpoint). */
export interface StoreFile {
  readonly kind: FileKind;
  readonly after: number;
  readonly path: string;
}

const namePattern = /^(journal|checkpoint)-(\d{16})$/;

export function storeFilePath(directory: string, kind: FileKind, after: number): string {
  return join(directory, `${kind}-${String(after).padStart(16, '0')}`);
}

/** Ordered by `after`; and what an interrupted write left behind. */
export async function listStoreFiles(
  directory: string,
): Promise<{ readonly files: StoreFile[]; readonly unfinished: string[] }> {
  const names = (await readdir(directory)).sort();
  const files = names.flatMap((name): StoreFile[] => {
    const match = namePattern.exec(name);
    if (match === null) return [];
    const kind = match[1] === 'checkpoint' ? 'checkpoint' : 'journal';
    return [{ kind, after: Number(match[2]), path: join(directory, name) }];
  });
  const unfinished = names
    .filter((name) => name.endsWith('.tmp') && namePattern.test(name.slice(0, -'.tmp'.length)))
    .map((name) => join(directory, name));
  return { files, unfinished };
}
