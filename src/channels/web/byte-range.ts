import type { Readable } from 'node:stream';

export interface ByteRange {
  readonly first: number;
  /** Inclusive. */
  readonly last: number;
}

/** A single range, as players ask for; anything else is answered with the whole, as RFC 9110 allows. */
export function readRange(header: string | undefined, size: number): ByteRange | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '');
  if (match === null || size === 0) return undefined;
  const [from = '', to = ''] = match.slice(1);
  if (from === '' && to === '') return undefined;
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  return first <= last ? { first, last } : undefined;
}

/** The bytes of a range, out of a stream that can only be read from its start. */
export async function* partOf(stream: Readable, range: ByteRange): AsyncGenerator<Uint8Array> {
  let position = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      const part = chunk.subarray(
        Math.max(0, range.first - position),
        Math.max(0, range.last + 1 - position),
      );
      position += chunk.length;
      if (part.length > 0) yield part;
      if (position > range.last) return;
    }
  } finally {
    stream.destroy();
  }
}
