import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { Clock } from '../../platform/clock.ts';
import type { HomeserverId } from '../../platform/ids.ts';
import type { Logger } from '../../platform/log.ts';
import type { HomeserverSettings } from '../matrix-side.ts';
import type { RawRoomEvent } from '../room-input.ts';
import { createAuthoriser } from './authorise.ts';
import type { EphemeralEvent } from './ephemeral-event.ts';
import { readBody } from './read-body.ts';
import { readTransaction } from './read-transaction.ts';
import { matrixFailure, routeOf, type Route } from './route.ts';
import { createTransactionLane, type TransactionLane } from './transaction-lane.ts';

/** A homeserver that pushes to us, and what takes what it pushes. */
export interface PushingHomeserver {
  readonly settings: HomeserverSettings;
  /**
   * Durable when it resolves: only then is the transaction acknowledged. When it rejects the homeserver is told to come again, and
   * nothing overtakes. Called for one transaction at a time. The same event may come again, in another transaction too.
   */
  onTransaction(events: readonly RawRoomEvent[], ephemeral: readonly EphemeralEvent[]): Promise<void>;
}

export interface AppserviceEndpointOptions {
  readonly logger: Logger;
  readonly clock: Clock;
  /** Default 16 MiB: 100 events of 64 KiB and what comes with them. A homeserver whose transaction is refused sends it for ever. */
  readonly maxBodyBytes?: number;
  /** Also takes the token from the query (`access_token`), for homeservers from before v1.4 of the specification. Default false. */
  readonly tokenInQuery?: boolean;
  readonly observe?: (transaction: TransactionReport) => void;
  /** Of a request's headers and of the whole of it, in milliseconds. Default 10 s and 30 s. */
  readonly limits?: { readonly headersTimeout: number; readonly requestTimeout: number };
}

/** For metrics. */
export interface TransactionReport {
  readonly homeserver: HomeserverId;
  readonly status: number;
  readonly events: number;
  readonly setAside: number;
  readonly durationMs: number;
}

export interface AppserviceEndpoint {
  /** For mounting in a server of somebody else's. */
  readonly listener: RequestListener;
  /** Gives the port (that the system chose, for 0). */
  start(at: { readonly port: number; readonly host: string }): Promise<number>;
  /** Takes nothing new, lets what is under way end and be answered, and closes. At most `graceMs` (8 s). */
  stop(graceMs?: number): Promise<void>;
}

/** A homeserver has one at a time, and perhaps one more that it gave up. */
const mostConnections = 1000;

interface Taker extends PushingHomeserver {
  readonly lane: TransactionLane;
}

/** Where homeservers push to: one listener for all of them, told apart by their tokens. */
export function createAppserviceEndpoint(
  homeservers: readonly PushingHomeserver[],
  options: AppserviceEndpointOptions,
): AppserviceEndpoint {
  const maxBodyBytes = options.maxBodyBytes ?? 16 * 1024 * 1024;
  const takers: readonly Taker[] = homeservers.map((homeserver) => ({
    settings: homeserver.settings,
    onTransaction: (events, ephemeral) => homeserver.onTransaction(events, ephemeral),
    lane: createTransactionLane(),
  }));
  const authorise = createAuthoriser(
    takers.flatMap((owner) => {
      const { hsToken, secondaryHsToken } = owner.settings.registration;
      return [hsToken, secondaryHsToken].flatMap((token) =>
        token === undefined ? [] : [{ hsToken: token, owner }],
      );
    }),
    { tokenInQuery: options.tokenInQuery ?? false },
  );
  let stopping = false;

  async function answer(request: IncomingMessage): Promise<Answer> {
    const [path = '', query = ''] = (request.url ?? '').split('?', 2);
    const route = routeOf(request.method ?? '', path);
    if (route.kind === 'refused') return route;
    const taker = authorise(request, new URLSearchParams(query));
    if (taker === 'missing') return matrixFailure(401, 'M_MISSING_TOKEN', 'No token was given');
    if (taker === 'wrong') return matrixFailure(403, 'M_FORBIDDEN', 'The token is not one that we know');
    return handle(route, taker, request);
  }

  async function handle(
    route: Exclude<Route, { kind: 'refused' }>,
    taker: Taker,
    request: IncomingMessage,
  ): Promise<Answer> {
    if (route.kind === 'ping') {
      const body = await readBody(request, 64 * 1024);
      return typeof body === 'string' ? matrixFailure(413, 'M_TOO_LARGE', 'The body is too large') : done;
    }
    // Our users and rooms exist before anybody could ask for them.
    if (route.kind === 'query') return matrixFailure(404, 'M_NOT_FOUND', 'Not found');
    const began = options.clock.now();
    const taken = await take(taker, route.id, request);
    options.observe?.({
      homeserver: taker.settings.id,
      status: taken.answer.status,
      events: taken.events,
      setAside: taken.setAside,
      durationMs: options.clock.now() - began,
    });
    return taken.answer;
  }

  async function take(
    taker: Taker,
    id: string,
    request: IncomingMessage,
  ): Promise<{ answer: Answer; events: number; setAside: number }> {
    const refuse = (status: number, errcode: string, error: string) => {
      options.logger.warn({ homeserver: taker.settings.id, transaction: id, status, errcode }, error);
      return { answer: matrixFailure(status, errcode, error), events: 0, setAside: 0 };
    };
    if (stopping) return refuse(503, 'M_UNKNOWN', 'We are stopping');
    const body = await readBody(request, maxBodyBytes);
    if (body === 'too-large')
      return refuse(413, 'M_TOO_LARGE', `The body is larger than ${maxBodyBytes} bytes`);
    if (body === 'cut-short') return refuse(400, 'M_NOT_JSON', 'The body ended too early');
    const parsed = parse(body);
    if (parsed === undefined) return refuse(400, 'M_NOT_JSON', 'The body is not JSON');
    const transaction = readTransaction(parsed.value);
    if (transaction === undefined) return refuse(400, 'M_BAD_JSON', 'The body is not a transaction');
    const { events, ephemeral, setAside } = transaction;
    for (const { index, reason } of setAside)
      options.logger.warn(
        { homeserver: taker.settings.id, transaction: id, index, reason },
        'set aside what is no event',
      );
    try {
      if (events.length > 0 || ephemeral.length > 0)
        await taker.lane.run(id, body, () => taker.onTransaction(events, ephemeral));
    } catch (error) {
      options.logger.error(
        { homeserver: taker.settings.id, transaction: id, err: error },
        'a transaction could not be made durable; the homeserver will send it again',
      );
      return {
        answer: matrixFailure(503, 'M_UNKNOWN', 'Not stored; send it again'),
        events: events.length,
        setAside: setAside.length,
      };
    }
    return { answer: done, events: events.length, setAside: setAside.length };
  }

  const listener: RequestListener = (request, response) => {
    answer(request)
      .catch((error: unknown) => {
        options.logger.error({ err: error }, 'a request of a homeserver could not be handled');
        return matrixFailure(500, 'M_UNKNOWN', 'Internal error');
      })
      .then((result) => {
        reply(request, response, result, stopping);
      })
      .catch((error: unknown) => {
        options.logger.warn({ err: error }, 'an answer to a homeserver could not be written');
      });
  };
  const server = createServer(
    {
      maxHeaderSize: 16 * 1024,
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      connectionsCheckingInterval: 1000,
      insecureHTTPParser: false,
      ...options.limits,
    },
    listener,
  );
  server.maxConnections = mostConnections;
  // Longer than Synapse keeps its idle connections (120 s): a connection that closes as it sends makes it back off for seconds.
  server.keepAliveTimeout = 300_000;

  return {
    listener,
    start: ({ port, host }) =>
      new Promise((resolve, reject) => {
        server.once('error', reject).listen(port, host, () => {
          server.off('error', reject);
          const address = server.address();
          resolve(address !== null && typeof address === 'object' ? address.port : port);
        });
      }),
    async stop(graceMs = 8000) {
      stopping = true;
      const closed = new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
      server.closeIdleConnections();
      const cancel = options.clock.after(graceMs, () => {
        server.closeAllConnections();
      });
      await closed;
      cancel();
    },
  };
}

type Answer = { readonly status: number; readonly body: object };
const done: Answer = { status: 200, body: {} };

function parse(body: Buffer): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(body.toString('utf8')) as unknown };
  } catch {
    return undefined;
  }
}

function reply(request: IncomingMessage, response: ServerResponse, answer: Answer, closing: boolean): void {
  const text = JSON.stringify(answer.body);
  // What was not read would be taken for the next request.
  const close = closing || !request.complete;
  response.writeHead(answer.status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...(close ? { connection: 'close' } : {}),
  });
  response.end(text);
}
