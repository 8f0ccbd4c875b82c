import { createServer, request, type Agent, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface PeerServer {
  readonly url: string;
  close(): Promise<void>;
}

/** An HTTP server on loopback whose handler gets the body read and parsed. */
export async function startPeerServer(
  handle: (request: IncomingMessage, body: unknown, response: ServerResponse) => void | Promise<void>,
): Promise<PeerServer> {
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      void handle(incoming, text === '' ? undefined : JSON.parse(text), response);
    });
    incoming.on('error', () => undefined);
  });
  // After Node's own 5 s a slow caller sends on a connection that has just been closed.
  server.keepAliveTimeout = 600_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Resolves with the status, or 0 where no answer came. */
export async function send(
  agent: Agent,
  method: string,
  url: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<number> {
  return new Promise((resolve) => {
    const outgoing = request(
      url,
      { method, agent, headers: { 'content-type': 'application/json', ...headers }, timeout: 10_000 },
      (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
        response.on('error', () => resolve(0));
      },
    );
    outgoing.on('error', () => resolve(0));
    outgoing.on('timeout', () => outgoing.destroy(new Error('timeout')));
    outgoing.end(JSON.stringify(body));
  });
}

/** Sends the same until it is acknowledged, with a pause that grows: as providers and homeservers do, only faster. */
export async function sendUntilTaken(
  attempt: () => Promise<number>,
  closed: () => boolean,
  longestPauseMs = 200,
): Promise<void> {
  for (let pause = 10; !closed(); pause = Math.min(longestPauseMs, pause * 2)) {
    const status = await attempt();
    if (status >= 200 && status < 300) return;
    await sleep(pause);
  }
}
