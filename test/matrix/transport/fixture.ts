import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Clock } from '../../../src/platform/clock.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { createHomeserverClient } from '../../../src/matrix/transport/create-homeserver-client.ts';
import type { HomeserverClient } from '../../../src/matrix/transport/homeserver-client.ts';

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly at: number;
}

export interface Attempt {
  readonly name: string;
  readonly status: number;
  readonly retried: boolean;
}

export const token = 'the-secret-token';

/** A server that does what the test says, and a client of it whose waits are recorded and cut short. */
export async function openScripted(
  script: (request: Seen, response: ServerResponse, count: number) => void,
  options: { readonly path?: string; readonly connections?: number; readonly realTime?: boolean } = {},
) {
  const seen: Seen[] = [];
  const attempts: Attempt[] = [];
  const waits: number[] = [];
  let sockets = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const entry = { method, url, headers, body: Buffer.concat(chunks).toString(), at: performance.now() };
      seen.push(entry);
      script(entry, response, seen.length);
    });
  });
  // It closes none: a machine that stands still would have the client open another one.
  server.keepAliveTimeout = 600_000;
  server.on('connection', () => (sockets += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  const clock: Clock = {
    now: () => Date.now(),
    monotonic: () => systemClock.monotonic(),
    after: (delayMs, action) => {
      waits.push(delayMs);
      return systemClock.after(options.realTime === true ? delayMs : 0, action);
    },
  };
  const client: HomeserverClient = createHomeserverClient({
    url: `http://127.0.0.1:${port}${options.path ?? ''}`,
    asToken: token,
    clock,
    random: () => 0.5,
    observe: ({ name, status, retried }) => attempts.push({ name, status, retried }),
    ...(options.connections === undefined ? {} : { connections: options.connections }),
  });
  return {
    client,
    port,
    seen,
    attempts,
    waits,
    sockets: () => sockets,
    close: async () => {
      await client.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function json(response: ServerResponse, status: number, body: unknown, headers: object = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}
