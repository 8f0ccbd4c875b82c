import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Programs that are told of events: counts what came. */
export interface Listener {
  /** Events so far. */
  readonly heard: number;
  close(): Promise<void>;
}

/** Takes whatever comes, at once. */
export async function startHookReceiver(): Promise<Listener & { readonly origin: string }> {
  let heard = 0;
  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      heard += 1;
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    get heard() {
      return heard;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Reads a stream of events, and counts them. Resolves when it is open. */
export async function readStream(url: string, token: string): Promise<Listener> {
  const controller = new AbortController();
  const answer = await fetch(url, {
    headers: { authorization: `Bearer ${token}` },
    signal: controller.signal,
  });
  if (!answer.ok || answer.body === null) throw new Error(`no stream: ${String(answer.status)}`);
  let heard = 0;
  let rest = '';
  const reading = (async () => {
    for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
      const frames = (rest + Buffer.from(chunk).toString()).split('\n\n');
      rest = frames.pop() ?? '';
      heard += frames.filter((frame) => frame.startsWith('id: ')).length;
    }
  })().catch(() => undefined);
  return {
    get heard() {
      return heard;
    },
    async close() {
      controller.abort();
      await reading;
    },
  };
}
