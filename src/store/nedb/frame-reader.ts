import { readSync } from 'node:fs';
import { containsHeader, decodeHeader, headerBytes, isIntact } from './frame.ts';

const sectorBytes = 512;
const readAheadBytes = 1024 * 1024;

export interface ReadFrame {
  readonly offset: number;
  readonly payload: Buffer;
}

/** How a file ended. `torn`: the last write never finished; what it would have acknowledged was never acknowledged. */
export type FileEnd =
  | { readonly kind: 'whole'; readonly bytes: number }
  | { readonly kind: 'torn'; readonly bytes: number; readonly tornBytes: number }
  | { readonly kind: 'damaged'; readonly bytes: number; readonly found: string };

/** Reads ahead, so that a journal of small frames costs few system calls. Blocking: used before the store is open. */
class Bytes {
  readonly #fd: number;
  readonly size: number;
  #chunk = Buffer.alloc(0);
  #chunkAt = 0;
  constructor(fd: number, size: number) {
    this.#fd = fd;
    this.size = size;
  }

  /** Fewer than asked for only at the end of the file. The bytes are valid until the next call. */
  at(offset: number, length: number): Buffer {
    const wanted = Math.min(length, this.size - offset);
    if (offset < this.#chunkAt || offset + wanted > this.#chunkAt + this.#chunk.length) {
      const chunk = Buffer.alloc(Math.min(Math.max(wanted, readAheadBytes), this.size - offset));
      let filled = 0;
      while (filled < chunk.length) {
        const got = readSync(this.#fd, chunk, filled, chunk.length - filled, offset + filled);
        if (got === 0) break;
        filled += got;
      }
      this.#chunk = chunk.subarray(0, filled);
      this.#chunkAt = offset;
    }
    return this.#chunk.subarray(offset - this.#chunkAt, offset - this.#chunkAt + wanted);
  }
}

/** Gives the frames in order and then tells how the file ended. `end.bytes` is where the last good frame ends. */
export function* readFrames(fd: number, size: number): Generator<ReadFrame, FileEnd> {
  const bytes = new Bytes(fd, size);
  let offset = 0;
  while (offset < size) {
    if (size - offset < headerBytes) return { kind: 'torn', bytes: offset, tornBytes: size - offset };
    const header = decodeHeader(bytes.at(offset, headerBytes));
    if (header === undefined)
      return endAt(bytes, offset, 'the header of a record does not match its checksum');
    const end = offset + headerBytes + header.payloadBytes + 1;
    if (end > size) return { kind: 'torn', bytes: offset, tornBytes: size - offset };
    const body = bytes.at(offset + headerBytes, header.payloadBytes + 1);
    if (!isIntact(header, body)) return endAt(bytes, offset, 'a record does not match its checksum');
    yield { offset, payload: body.subarray(0, header.payloadBytes) };
    offset = end;
  }
  return { kind: 'whole', bytes: offset };
}

/**
 * Bytes that are all there but wrong. After a power cut the file can have its new length while blocks of the last write never
 * arrived; they read as zeros, which we never write. Anything else, or any record behind it, is damage to what was acknowledged.
 */
function endAt(bytes: Bytes, offset: number, found: string): FileEnd {
  const tail = bytes.at(offset, bytes.size - offset);
  return hasUnwrittenSector(tail, offset) && !containsHeader(tail.subarray(1))
    ? { kind: 'torn', bytes: offset, tornBytes: tail.length }
    : { kind: 'damaged', bytes: offset, found };
}

function hasUnwrittenSector(tail: Buffer, offset: number): boolean {
  let at = 0;
  while (at < tail.length) {
    const end = Math.min(tail.length, at + sectorBytes - ((offset + at) % sectorBytes));
    if (tail.subarray(at, end).every((byte) => byte === 0)) return true;
    at = end;
  }
  return false;
}
