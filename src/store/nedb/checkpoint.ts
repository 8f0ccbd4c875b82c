import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crashPoint } from '../../platform/crash-point.ts';
import { encodeFrame } from './frame.ts';
import { encodeEnd, encodeGroup, encodeTitle } from './frame-payload.ts';
import type { RecordChange, TenantChanges } from '../record-change.ts';
import type { Image } from './image.ts';
import { syncDirectory } from './journal.ts';

/** Large enough for the disk, small enough that the event loop is free in between. */
const chunkCharacters = 256 * 1024;

/**
 * Writes the whole state into a file of its own, which gets its name only when it is complete and durable. Taken of the
 * moment of the call; commits may go on meanwhile. Resolves with its size in bytes.
 */
export async function writeCheckpoint(
  path: string,
  after: number,
  image: Image,
  fsync: boolean,
): Promise<number> {
  const snapshot = image.snapshot();
  const temporary = `${path}.tmp`;
  const file = await open(temporary, 'w', 0o600);
  let bytes = 0;
  const append = async (payload: Buffer): Promise<void> => {
    const frame = encodeFrame(payload);
    await file.appendFile(frame);
    bytes += frame.length;
  };
  try {
    await append(encodeTitle({ kind: 'checkpoint', after }));
    let chunkNumber = 0;
    let records = 0;
    for (const chunk of chunks(snapshot)) {
      chunkNumber += 1;
      records += chunk.reduce((sum, batch) => sum + batch.changes.length, 0);
      await append(encodeGroup(chunkNumber, chunk));
      // Left to the end, all of it would go to the disk at once, and the commits' fdatasync behind it: file systems with a journal of
      // their own (ext4) write out what other files have allocated before they call anything durable.
      if (fsync) await file.datasync();
      crashPoint('store-during-checkpoint');
    }
    await append(encodeEnd(records));
    await file.sync();
  } catch (error) {
    await file.close();
    await rm(temporary, { force: true });
    throw error;
  }
  await file.close();
  await rename(temporary, path);
  await syncDirectory(dirname(path));
  return bytes;
}

function* chunks(snapshot: ReturnType<Image['snapshot']>): Generator<TenantChanges[]> {
  let chunk: TenantChanges[] = [];
  let characters = 0;
  for (const { tenant, collection, rows } of snapshot) {
    let changes: RecordChange[] = [];
    for (const row of rows) {
      changes.push({ collection, id: row._id, version: row.version, json: row.json });
      characters += row.json.length + row._id.length;
      if (characters < chunkCharacters) continue;
      yield [...chunk, { tenant, changes }];
      [chunk, changes, characters] = [[], [], 0];
    }
    if (changes.length > 0) chunk.push({ tenant, changes });
  }
  if (chunk.length > 0) yield chunk;
}
