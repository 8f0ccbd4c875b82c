import type { Readable } from 'node:stream';

/** A file with more bytes than there may be. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge';
  constructor(limit: number) {
    super(`too large: more than ${readableSize(limit)}`);
  }
}

function readableSize(bytes: number): string {
  if (bytes >= 1024 * 1024) return `${Math.round(bytes / 1024 / 1024)} MB`;
  return bytes >= 1024 ? `${Math.round(bytes / 1024)} kB` : `${bytes} bytes`;
}

/**
 * The beginning of a stream: all of it (`complete`) where it has at most `limit` bytes, else somewhat more than that, and the
 * stream is left open after them.
 */
export async function readUpTo(
  stream: Readable,
  limit: number,
): Promise<{ readonly bytes: Buffer; readonly complete: boolean }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    const bytes = asBuffer(chunk);
    chunks.push(bytes);
    size += bytes.length;
    if (size > limit) return { bytes: Buffer.concat(chunks), complete: false };
  }
  return { bytes: Buffer.concat(chunks), complete: true };
}

/** Parts of one file, one after the other. @throws {TooLarge} once they have more than `limit` bytes */
export async function* limited(
  parts: readonly (Buffer | Readable)[],
  limit: number,
  onTotal: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  let total = 0;
  const count = (bytes: Buffer): Buffer => {
    total += bytes.length;
    if (total > limit) throw new TooLarge(limit);
    return bytes;
  };
  for (const part of parts) {
    if (Buffer.isBuffer(part)) yield count(part);
    else for await (const chunk of part) yield count(asBuffer(chunk));
  }
  onTotal(total);
}

function asBuffer(chunk: unknown): Buffer {
  if (Buffer.isBuffer(chunk)) return chunk;
  return chunk instanceof Uint8Array ? Buffer.from(chunk) : Buffer.from(String(chunk));
}
