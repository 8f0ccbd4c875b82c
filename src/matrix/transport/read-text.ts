import type { Dispatcher } from 'undici';

/** The whole body as text; undefined (and the connection dropped) when it is larger than `limit` bytes. */
export async function readText(
  answer: Pick<Dispatcher.ResponseData, 'headers' | 'body'>,
  limit: number,
): Promise<string | undefined> {
  const length = Number(answer.headers['content-length'] ?? Number.NaN);
  if (length <= limit) return answer.body.text();
  if (length > limit) {
    answer.body.on('error', () => undefined).destroy();
    return undefined;
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    // Leaving the loop destroys the stream.
    if (size > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
