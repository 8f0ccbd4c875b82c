import type { IncomingMessage } from 'node:http';
import type { HeldBody } from './body-memory.ts';

type NoBody = 'too large' | 'no room' | 'gone';

/**
 * The raw bytes, whatever length was or was not announced; `too large` as soon as that is certain, never holding more than
 * `maxBytes`; `no room` when `held` gives no more; `gone` when the peer left, or lied about the length, before the end.
 */
export function readBody(
  request: IncomingMessage,
  maxBytes: number,
  held: Pick<HeldBody, 'take'>,
): Promise<Buffer | NoBody> {
  // It may have left before anybody listened: then nothing comes any more, not even word of that.
  if (request.destroyed) return Promise.resolve('gone');
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.resolve('too large');
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const finish = (result: Buffer | NoBody): void => {
      request.off('data', take).off('end', complete).off('close', leave).off('error', leave);
      // An error after this is of no interest, but without a listener it would end the process.
      request.on('error', () => undefined);
      resolve(result);
    };
    const take = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > maxBytes) finish('too large');
      else if (!held.take(chunk.length)) finish('no room');
      else chunks.push(chunk);
    };
    const complete = (): void => finish(Buffer.concat(chunks, bytes));
    const leave = (): void => finish('gone');
    request.on('data', take).on('end', complete).on('close', leave).on('error', leave);
  });
}

const lingerMs = 2000;
const lingerBytes = 16 * 1024 * 1024;

/**
 * For an answer to a body that is not read to its end: calls `end` when the peer has sent it all, or enough of it, or for long
 * enough. Closing at once would reset the connection, and the peer, still sending, would never see the answer.
 */
export function lingerThen(request: IncomingMessage, end: () => void): void {
  let bytes = 0;
  let done = false;
  const finish = (): void => {
    if (done) return;
    done = true;
    clearTimeout(timer);
    request.off('data', count);
    end();
  };
  const count = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (bytes > lingerBytes) finish();
  };
  const timer = setTimeout(finish, lingerMs);
  request.on('data', count).once('end', finish).once('close', finish).resume();
}
