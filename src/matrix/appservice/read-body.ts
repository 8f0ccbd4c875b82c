import type { IncomingMessage } from 'node:http';

/**
 * How much of a body that is too large is still read, and thrown away, in multiples of the limit: who is answered while still
 * sending sees a broken connection and not the answer. Only homeservers that showed their token get here.
 */
const readBeyond = 4;

/** The whole body, or why not. Never holds more than `limit` bytes. */
export async function readBody(
  request: IncomingMessage,
  limit: number,
): Promise<Buffer | 'too-large' | 'cut-short'> {
  let tooLarge = Number(request.headers['content-length'] ?? 0) > limit;
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.byteLength;
      tooLarge ||= size > limit;
      if (!tooLarge) chunks.push(chunk);
      else if (size > limit * readBeyond) return 'too-large';
      else chunks.length = 0;
    }
  } catch {
    return tooLarge ? 'too-large' : 'cut-short';
  }
  if (tooLarge) return 'too-large';
  return request.complete ? Buffer.concat(chunks, size) : 'cut-short';
}
