import type { ServerResponse } from 'node:http';

export type StreamEnd = 'sent' | 'peer gone' | 'failed';

export interface StreamOptions {
  /** Aborted when the peer is gone or the stream is to be ended. */
  readonly signal: AbortSignal;
  /** Exactly so many bytes, as the head of the answer has promised. */
  readonly bytes?: number;
  /** A peer that takes nothing for so long is given up. */
  readonly stallMs: number;
  /** The source's own error. */
  readonly onError: (error: unknown) => void;
}

type Chunk = string | Uint8Array;
const ended = Symbol('ended');

/**
 * Sends the chunks at the pace at which the peer takes them. A source that waits for its next chunk is left at once when the signal
 * aborts. An answer that cannot be completed is cut off, so that the peer does not take it for complete.
 */
export async function sendStream(
  response: ServerResponse,
  source: AsyncIterable<Chunk>,
  options: StreamOptions,
): Promise<StreamEnd> {
  const { signal, onError } = options;
  const iterator = source[Symbol.asyncIterator]();
  const aborted = whenAborted(signal);
  let sent = 0;
  try {
    for (;;) {
      const step = await Promise.race([iterator.next(), aborted.promise]);
      if (step === ended) return endEarly(response, options);
      if (step.done === true) break;
      sent += typeof step.value === 'string' ? Buffer.byteLength(step.value) : step.value.byteLength;
      if (options.bytes !== undefined && sent > options.bytes) throw new Error('longer than announced');
      if (!response.write(step.value) && !(await drained(response, options)))
        return endEarly(response, options);
    }
    if (options.bytes !== undefined && sent < options.bytes) throw new Error('shorter than announced');
    response.end();
    return 'sent';
  } catch (error) {
    onError(error);
    response.destroy();
    return 'failed';
  } finally {
    aborted.forget();
    // Not awaited: a generator that is waiting ends only when its own wait does.
    void Promise.resolve(iterator.return?.()).catch(onError);
  }
}

function endEarly(response: ServerResponse, { bytes }: StreamOptions): StreamEnd {
  // A stream without an announced length may end at any point, when it is we who end it.
  if (bytes === undefined && !response.destroyed && response.writableNeedDrain) response.destroy();
  else if (bytes === undefined && !response.destroyed) response.end();
  else response.destroy();
  return 'peer gone';
}

function whenAborted(signal: AbortSignal): { promise: Promise<typeof ended>; forget: () => void } {
  const { promise, resolve } = Promise.withResolvers<typeof ended>();
  const abort = (): void => resolve(ended);
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return { promise, forget: () => signal.removeEventListener('abort', abort) };
}

/** Whether there is room again. */
function drained(response: ServerResponse, { signal, stallMs }: StreamOptions): Promise<boolean> {
  if (signal.aborted || response.destroyed) return Promise.resolve(false);
  return new Promise((resolve) => {
    const finish = (hasRoom: boolean): void => {
      clearTimeout(timer);
      response.off('drain', room).off('close', none);
      signal.removeEventListener('abort', none);
      resolve(hasRoom);
    };
    const room = (): void => finish(true);
    const none = (): void => finish(false);
    const timer = setTimeout(none, stallMs);
    response.once('drain', room).once('close', none);
    signal.addEventListener('abort', none, { once: true });
  });
}
