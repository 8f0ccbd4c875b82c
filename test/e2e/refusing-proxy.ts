import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RefusingProxy {
  readonly url: string;
  /** The homeserver carries out the next request whose path fits, `meanwhile` happens, and its answer is lost. */
  loseAnswer(path: RegExp, meanwhile: () => Promise<void>): void;
  close(): Promise<void>;
}

/**
 * In front of a real homeserver. Without `devices`, what comes through looks like a homeserver that knows nothing of devices of
 * application services: none can be made, and a request that names one is taken as if it did not.
 */
export async function startRefusingProxy(
  target: string,
  options: { readonly devices: boolean },
): Promise<RefusingProxy> {
  const { hostname, port } = new URL(target);
  let lost: { readonly path: RegExp; readonly meanwhile: () => Promise<void> } | undefined;

  const handle = (incoming: IncomingMessage, answer: ServerResponse): void => {
    const url = new URL(incoming.url ?? '/', target);
    if (!options.devices) {
      if (/^\/_matrix\/client\/v3\/(devices|login)\b/.test(url.pathname)) {
        incoming.resume();
        answer.writeHead(404, { 'content-type': 'application/json' });
        answer.end(JSON.stringify({ errcode: 'M_UNRECOGNIZED', error: 'Unrecognized request' }));
        return;
      }
      for (const name of ['device_id', 'org.matrix.msc3202.device_id']) url.searchParams.delete(name);
    }
    const losing = lost?.path.test(url.pathname) === true ? lost : undefined;
    if (losing !== undefined) lost = undefined;
    const { method, headers } = incoming;
    const path = url.pathname + url.search;
    const outgoing = request({ hostname, port, method, path, headers, agent: false }, (upstream) => {
      if (losing === undefined) {
        answer.writeHead(upstream.statusCode ?? 502, upstream.headers);
        upstream.pipe(answer);
        return;
      }
      upstream.resume().on('end', () => {
        void losing.meanwhile().finally(() => incoming.socket.destroy());
      });
    });
    outgoing.on('error', () => incoming.socket.destroy());
    incoming.pipe(outgoing);
  };

  const server = createServer(handle);
  // One that closes just as a slow client asks on it makes that request fail.
  server.keepAliveTimeout = 600_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    loseAnswer(path, meanwhile) {
      lost = { path, meanwhile };
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
