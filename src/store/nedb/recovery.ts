import { closeSync, fstatSync, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { readFrames, type FileEnd, type ReadFrame } from './frame-reader.ts';
import { decodePayload, type Payload } from './frame-payload.ts';
import type { Image } from './image.ts';
import { damagedCheckpoint, damagedJournal, type StoreDamaged } from './store-damaged.ts';
import { listStoreFiles, storeFilePath, type StoreFile } from './store-files.ts';

/** What opening found. */
export interface Recovered {
  /** The number of the last group. */
  readonly lastGroup: number;
  /** The newest journal and where its last good frame ends; `undefined` in a directory without one. */
  readonly journal: { readonly path: string; readonly end: number } | undefined;
  /** Bytes of a write that never finished, at the end of the newest journal. To be dropped. */
  readonly tornBytes: number;
  /** Bytes of all journals that the checkpoint does not cover. */
  readonly journalBytes: number;
  readonly checkpointBytes: number;
}

/**
 * Loads the newest checkpoint and the journals after it into `image`, and removes files that these make superfluous.
 * @throws {StoreDamaged} when anything but the end of the newest journal is not as it was written.
 */
export async function recover(directory: string, image: Image): Promise<Recovered> {
  const { files, unfinished } = await listStoreFiles(directory);
  const checkpoint = files.findLast(({ kind }) => kind === 'checkpoint');
  const start = checkpoint?.after ?? 0;
  const journals = files.filter(({ kind, after }) => kind === 'journal' && after >= start);

  const checkpointBytes = checkpoint === undefined ? 0 : loadCheckpoint(checkpoint, image);
  if (journals[0]?.after !== start && files.length > 0) {
    const missing = storeFilePath(directory, 'journal', start);
    throw damagedJournal(missing, 0, 'the journal that goes on from here is missing');
  }
  let lastGroup = start;
  let journalBytes = 0;
  let tornBytes = 0;
  for (const journal of journals) {
    const isNewest = journal === journals.at(-1);
    const replayed = replayJournal(journal, lastGroup, isNewest, image);
    lastGroup = replayed.lastGroup;
    journalBytes += replayed.end.bytes;
    tornBytes = replayed.end.kind === 'torn' ? replayed.end.tornBytes : 0;
    if (isNewest) {
      await removeSuperfluous(files, start, checkpoint, unfinished);
      const found = { path: journal.path, end: replayed.end.bytes };
      return { lastGroup, journal: found, tornBytes, journalBytes, checkpointBytes };
    }
  }
  await removeSuperfluous(files, start, checkpoint, unfinished);
  return { lastGroup, journal: undefined, tornBytes, journalBytes, checkpointBytes };
}

async function removeSuperfluous(
  files: readonly StoreFile[],
  start: number,
  newest: StoreFile | undefined,
  unfinished: readonly string[],
): Promise<void> {
  const old = files.filter((file) => file !== newest && (file.kind === 'checkpoint' || file.after < start));
  for (const path of [...old.map((file) => file.path), ...unfinished]) await rm(path, { force: true });
}

type Damaged = (file: string, offset: number, found: string) => StoreDamaged;

/** Hands each payload on, and every deviation from the format to `damaged`. */
function readFile(
  file: StoreFile,
  damaged: Damaged,
  take: (payload: Payload, offset: number) => void,
): FileEnd {
  const fd = openSync(file.path, 'r');
  try {
    const frames = readFrames(fd, fstatSync(fd).size);
    let next = frames.next();
    if (next.done === true) throw damaged(file.path, 0, 'the file has no beginning');
    mustBeTitle(file, decode(file, damaged, next.value), damaged);
    for (next = frames.next(); next.done !== true; next = frames.next()) {
      take(decode(file, damaged, next.value), next.value.offset);
    }
    if (next.value.kind === 'damaged') throw damaged(file.path, next.value.bytes, next.value.found);
    return next.value;
  } finally {
    closeSync(fd);
  }
}

function mustBeTitle(file: StoreFile, first: Payload, damaged: Damaged): void {
  if (first.type === 'title' && first.title.kind === file.kind && first.title.after === file.after) return;
  throw damaged(file.path, 0, `the file is not the ${file.kind} after group ${file.after}`);
}

function decode(file: StoreFile, damaged: Damaged, frame: ReadFrame): Payload {
  try {
    return decodePayload(frame.payload);
  } catch (error) {
    throw damaged(file.path, frame.offset, error instanceof Error ? error.message : String(error));
  }
}

function loadCheckpoint(file: StoreFile, image: Image): number {
  const seen = { end: false };
  const end = readFile(file, damagedCheckpoint, (payload, offset) => {
    if (seen.end) throw damagedCheckpoint(file.path, offset, 'a record after the end');
    if (payload.type === 'group') image.apply(payload.batches);
    else if (payload.type === 'end' && payload.records === image.records) seen.end = true;
    else
      throw damagedCheckpoint(file.path, offset, `${image.records} records found, another number announced`);
  });
  if (!seen.end || end.kind !== 'whole') throw damagedCheckpoint(file.path, end.bytes, 'the end is missing');
  return end.bytes;
}

function replayJournal(
  file: StoreFile,
  previousGroup: number,
  mayBeTorn: boolean,
  image: Image,
): { readonly lastGroup: number; readonly end: FileEnd } {
  let lastGroup = previousGroup;
  if (file.after !== lastGroup) {
    throw damagedJournal(
      file.path,
      0,
      `group ${lastGroup + 1} to ${file.after} are missing before this journal`,
    );
  }
  const end = readFile(file, damagedJournal, (payload, offset) => {
    if (payload.type !== 'group' || payload.number !== lastGroup + 1) {
      throw damagedJournal(file.path, offset, `group ${lastGroup + 1} is missing`);
    }
    image.apply(payload.batches);
    lastGroup = payload.number;
  });
  if (end.kind === 'torn' && !mayBeTorn) {
    throw damagedJournal(file.path, end.bytes, 'the file is cut short, and a newer journal follows');
  }
  return { lastGroup, end };
}
