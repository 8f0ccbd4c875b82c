import { createServer, request, type Agent } from 'node:http';
import { Agent as HttpAgent } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * In front of replicas, as nginx by docs/scaling.md: each request to the next one, and to another where one cannot be reached or does not
 * answer; that one then gets none for a while. One that refuses with 503 does get more: it is busy, not gone.
 */
export interface Balancer {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** `fail_timeout`. */
const restMs = 5000;

/** `answerWithinMs`: `proxy_read_timeout`; short where replicas are stopped on purpose. */
export async function startBalancer(ports: readonly number[], answerWithinMs = 2000): Promise<Balancer> {
  const agent: Agent = new HttpAgent({ keepAlive: true });
  const restsUntil = new Map<number, number>();
  let turn = 0;
  const nextPort = (): number => {
    for (let left = ports.length; left > 0; left -= 1) {
      turn += 1;
      const port = ports[turn % ports.length] ?? 0;
      if ((restsUntil.get(port) ?? 0) <= performance.now()) return port;
    }
    turn += 1;
    return ports[turn % ports.length] ?? 0;
  };
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('error', () => undefined);
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = Buffer.concat(chunks);
      const tryNext = (left: number): void => {
        const port = nextPort();
        const passed = request(
          {
            ...{ host: '127.0.0.1', port, agent, timeout: answerWithinMs },
            ...{ method: incoming.method, path: incoming.url, headers: incoming.headers },
          },
          (answer) => {
            if (answer.statusCode === 503 && left > 1) {
              answer.resume();
              tryNext(left - 1);
              return;
            }
            outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
            answer.pipe(outgoing);
            answer.on('error', () => outgoing.destroy());
          },
        );
        passed.on('timeout', () => passed.destroy(new Error('no answer')));
        passed.on('error', () => {
          restsUntil.set(port, performance.now() + restMs);
          if (outgoing.headersSent) outgoing.destroy();
          else if (left > 1) tryNext(left - 1);
          else outgoing.writeHead(504).end();
        });
        passed.end(body);
      };
      tryNext(ports.length);
    });
  });
  server.keepAliveTimeout = 75_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    async close() {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
