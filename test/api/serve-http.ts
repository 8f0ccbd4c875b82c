import { Registry } from 'prom-client';
import { createHttpServer, type HttpServer, type HttpServerOptions } from '../../src/api/http-server.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { silentLogger } from '../../src/platform/log.ts';

export interface ServedHttp {
  readonly server: HttpServer;
  readonly port: number;
  /** Without a slash at its end. */
  readonly url: string;
  stop(): Promise<void>;
}

/** The real server on a port of its own, with nothing behind it but what is given. */
export async function serveHttp(options: Partial<HttpServerOptions>): Promise<ServedHttp> {
  const server = createHttpServer({
    clock: systemClock,
    logger: silentLogger,
    registry: new Registry(),
    lookup: () => undefined,
    openMedia: async () => 'bad',
    checks: [],
    ...options,
  });
  const port = await server.start({ host: '127.0.0.1', port: 0 });
  return { server, port, url: `http://127.0.0.1:${String(port)}`, stop: async () => server.stop(1000) };
}
