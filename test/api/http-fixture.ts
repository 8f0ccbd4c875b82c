import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { ChannelReply, ChannelRequest, Connection } from '../../src/channels/channel.ts';
import type { HttpServer, HttpServerOptions } from '../../src/api/http-server.ts';
import { silentLogger, type Logger } from '../../src/platform/log.ts';
import { serveHttp } from './serve-http.ts';

export type Receive = (request: ChannelRequest) => Promise<ChannelReply>;

export interface RunningServer {
  readonly url: string;
  readonly port: number;
  readonly server: HttpServer;
  /** What was logged as a warning or an error. */
  readonly logged: object[];
  /** A bare connection, for what no decent client sends. */
  readonly dial: () => Promise<Dialled>;
  readonly stop: () => Promise<void>;
}

export interface Dialled {
  readonly socket: Socket;
  /** Everything that came so far. */
  readonly received: () => string;
  /** Resolves when the other side has closed. */
  readonly closed: Promise<unknown>;
}

export const maxBodyBytes = 1000;

/** The real server, with the line `sms/acme/main` behind it that does as told. */
export async function startServer(
  receive: Receive | undefined,
  options: Partial<HttpServerOptions> = {},
): Promise<RunningServer> {
  const connection: Connection = {
    send: () => Promise.reject(new Error('not used here')),
    close: () => Promise.resolve(),
    ...(receive === undefined ? {} : { receive }),
  };
  const logged: object[] = [];
  const logger: Logger = {
    ...silentLogger,
    warn: (fields) => logged.push(fields),
    error: (fields) => logged.push(fields),
    child: () => logger,
  };
  const { server, port, url } = await serveHttp({
    logger,
    lookup: (channel, tenant, line) =>
      channel === 'sms' && tenant === 'acme' && line === 'main' ? { connection, maxBodyBytes } : undefined,
    ...options,
  });
  const sockets: Socket[] = [];
  return {
    url,
    port,
    server,
    logged,
    async dial() {
      const socket = connect(port, '127.0.0.1');
      sockets.push(socket);
      let text = '';
      socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
      socket.on('error', () => undefined);
      // Not `once`, which rejects when the connection is reset before it closes.
      const closed = new Promise((resolve) => socket.once('close', resolve));
      await once(socket, 'connect');
      return { socket, received: () => text, closed };
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await server.stop(0);
    },
  };
}

/** Waits without a fixed time; the test's own time limit ends it. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}
