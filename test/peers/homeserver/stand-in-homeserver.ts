import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { randomBytes } from 'node:crypto';
import { freePort } from '../../../dev/free-ports.ts';
import type { Registration } from '../../../src/matrix/registration.ts';
import { patienceMs } from '../../fixtures/patience-ms.ts';
import { createAgent, type EventFilter, type StandInAgent } from './agent.ts';
import type { AppservicePush } from './appservice-push.ts';
import { Faults, type Fault } from './faults.ts';
import { Refused } from './matrix-failure.ts';
import type { StoredEvent } from './room.ts';
import { Bytes, Created, type Route } from './route.ts';
import { accountRoutes } from './routes/accounts.ts';
import { appservicePingRoutes } from './routes/appservice-ping.ts';
import { deviceRoutes } from './routes/devices.ts';
import { eventRoutes } from './routes/events.ts';
import { mediaRoutes } from './routes/media.ts';
import { membershipRoutes } from './routes/membership.ts';
import { roomRoutes } from './routes/rooms.ts';
import { pushTimeoutMs } from './rules.ts';
import { World } from './world.ts';

/**
 * THIS IS NOT A HOMESERVER. It is a stand-in for tests of faults and of load, where a real Synapse cannot be made to fail on demand or
 * is too slow. It is strict: what Synapse refuses, it refuses, by the rules in rules.ts; test/e2e runs one script against it and
 * against a real Synapse and compares the outcomes. No sync, no federation, no encryption, no rate limits but those of `faults`.
 */
export interface StandInHomeserver {
  /** Client-server API base URL; the same after a restart. */
  readonly url: string;
  readonly serverName: string;
  readonly registrationSecret: string;
  readonly faults: Faults;
  readonly world: World;
  /** The push to the (first) application service, for its counters and its backlog. */
  readonly push: AppservicePush;
  /** Makes (or finds) an account that is no application service's. */
  agent(name: string): StandInAgent;
  /** All events, or those of a room, in the order in which they were stored. */
  events(room?: string): readonly StoredEvent[];
  /** Resolves with the first event that fits, past or to come. */
  waitFor(filter: EventFilter, timeoutMs?: number): Promise<StoredEvent>;
  /** Resolves once everything has been acknowledged by the application services. */
  drained(timeoutMs?: number): Promise<void>;
  /** Answered requests, by method and path words. */
  readonly requests: ReadonlyMap<string, number>;
  /**
   * As a stopped and restarted Synapse; `killed`: and it also drops its push, see rules.ts. Connections break, and what it keeps in memory only is gone (transaction ids, typing, ephemeral events).
   */
  restart(whileDown?: () => Promise<void>, how?: { readonly killed?: boolean }): Promise<void>;
  /** What Synapse forgets after 30 to 60 minutes. */
  forgetTransactions(): void;
  stop(): Promise<void>;
}

export interface StandInOptions {
  readonly registrations: readonly Registration[];
  /** Default `stand-in.test`. */
  readonly serverName?: string;
  /** Default: a free one. */
  readonly port?: number;
  /** What a second of the push's backoff lasts; default 1000 ms, as Synapse. */
  readonly secondMs?: number;
  readonly pushTimeoutMs?: number;
  /** Default true: application services can make devices, and what comes from one is remembered over a restart. */
  readonly hasDevices?: boolean;
  /** Told of each request, and which fault it meets, before anything is done about it. */
  readonly observe?: (
    request: { readonly method: string; readonly path: string },
    fault: Fault['kind'] | undefined,
  ) => void;
  /** Seeds the shares of faults; default Math.random. */
  readonly random?: () => number;
}

export async function startStandIn(options: StandInOptions): Promise<StandInHomeserver> {
  const random = options.random ?? Math.random;
  const world = new World({
    serverName: options.serverName ?? 'stand-in.test',
    registrations: options.registrations,
    push: { timeoutMs: options.pushTimeoutMs ?? pushTimeoutMs, secondMs: options.secondMs ?? 1000 },
    random,
    hasDevices: options.hasDevices ?? true,
  });
  const log: StoredEvent[] = [];
  world.listeners.add((event) => log.push(event));
  const registrationSecret = randomBytes(16).toString('hex');
  const faults = new Faults(random);
  const requests = new Map<string, number>();
  const routes = byMethod([
    ...eventRoutes(),
    ...membershipRoutes(),
    ...accountRoutes(registrationSecret),
    ...deviceRoutes(),
    ...roomRoutes(),
    ...mediaRoutes(),
    ...appservicePingRoutes(),
  ]);
  const observe = options.observe ?? (() => undefined);
  // Not one that the system gives out by itself: somebody else may have it while we are down.
  let port = options.port ?? (await freePort());
  let server: Server | undefined;

  const start = async (): Promise<void> => {
    server = createServer((request, response) => {
      void serve({ world, routes, faults, requests, observe }, request, response);
    });
    server.keepAliveTimeout = 60_000;
    port = await listen(server, port);
    for (const push of world.pushes) push.start();
  };
  const halt = async (killed = false): Promise<void> => {
    const closing = server;
    server = undefined;
    await Promise.all([
      ...world.pushes.map((push) => push.stop(killed)),
      new Promise<void>((resolve) => {
        if (closing === undefined) {
          resolve();
          return;
        }
        closing.close(() => {
          resolve();
        });
        closing.closeAllConnections();
      }),
    ]);
    world.memoryTransactions.clear();
    for (const room of world.rooms.values()) room.typing.clear();
  };
  await start();

  return {
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    serverName: world.serverName,
    registrationSecret,
    faults,
    world,
    requests,
    get push() {
      const [first] = world.pushes;
      if (first === undefined) throw new Error('the stand-in has no application service');
      return first;
    },
    agent: (name) => createAgent(world, name),
    events: (room) => (room === undefined ? log : (world.rooms.get(room)?.timeline ?? [])),
    waitFor: async (filter, timeoutMs = patienceMs) =>
      log.find(filter) ??
      (await new Promise((resolve, reject) => {
        const listener = (event: StoredEvent): void => {
          if (!filter(event)) return;
          clearTimeout(timer);
          world.listeners.delete(listener);
          resolve(event);
        };
        const timer = setTimeout(() => {
          world.listeners.delete(listener);
          reject(new Error(`no such event within ${timeoutMs} ms; the last were ${summary(log)}`));
        }, timeoutMs);
        world.listeners.add(listener);
      })),
    async drained(timeoutMs = 30_000) {
      const patience = performance.now() + timeoutMs;
      while (world.pushes.some(({ backlog }) => backlog > 0)) {
        if (performance.now() > patience)
          throw new Error(
            `${world.pushes.map(({ backlog }) => backlog).join(', ')} events are not acknowledged`,
          );
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    async restart(whileDown, { killed = false } = {}) {
      await halt(killed);
      await whileDown?.();
      await start();
    },
    forgetTransactions: () => {
      world.memoryTransactions.clear();
    },
    stop: () => halt(),
  };
}

interface Serving {
  readonly world: World;
  readonly routes: ReadonlyMap<string, readonly Route[]>;
  readonly faults: Faults;
  readonly requests: Map<string, number>;
  readonly observe: NonNullable<StandInOptions['observe']>;
}

async function serve(serving: Serving, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://stand-in');
  const method = request.method ?? '';
  const name = `${method} ${url.pathname
    .split('/')
    .filter((word) => /^[a-zA-Z_]{1,24}$/.test(word))
    .slice(2)
    .join('/')}`;
  serving.requests.set(name, (serving.requests.get(name) ?? 0) + 1);
  const fault = serving.faults.for({ method, path: url.pathname, user: url.searchParams.get('user_id') });
  serving.observe({ method, path: url.pathname }, fault?.kind);
  try {
    const body = await readAll(request);
    if (fault?.kind === 'reset') return void request.socket.destroy();
    if (fault?.kind === 'silence') return;
    if (fault?.kind === 'status' || fault?.kind === 'limit') {
      failOnPurpose(response, fault);
      return;
    }
    const answer = await handle(serving, request, url, body);
    if (fault?.kind === 'answerLost') return void request.socket.destroy();
    if (fault?.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
    if (answer instanceof Bytes) {
      response.writeHead(200, { ...answer.headers, 'content-length': answer.bytes.length });
      response.end(answer.bytes);
    } else if (answer instanceof Created) send(response, 201, answer.body);
    else send(response, 200, answer);
  } catch (error) {
    if (error instanceof Refused)
      send(response, error.status, { errcode: error.errcode, error: error.message, ...error.extra });
    else if (!response.headersSent && !response.destroyed)
      send(response, 500, { errcode: 'M_UNKNOWN', error: String(error) });
  }
}

async function handle(serving: Serving, request: IncomingMessage, url: URL, body: Buffer): Promise<object> {
  for (const route of serving.routes.get(request.method ?? '') ?? []) {
    const match = route.pattern.exec(url.pathname);
    if (match === null) continue;
    const { world } = serving;
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    const requester = route.open
      ? { user: '', appservice: undefined, device: undefined }
      : world.accounts.authenticate(
          token,
          url.searchParams.get('user_id'),
          url.searchParams.get('device_id') ?? url.searchParams.get('org.matrix.msc3202.device_id'),
        );
    return route.handler({
      world,
      requester,
      query: url.searchParams,
      headers: request.headers,
      path: match.slice(1).map((segment) => decodeURIComponent(segment)),
      pathname: url.pathname,
      body,
    });
  }
  throw new Refused(404, 'M_UNRECOGNIZED', 'Unrecognized request');
}

function failOnPurpose(response: ServerResponse, fault: Extract<Fault, { kind: 'status' | 'limit' }>): void {
  if (fault.kind === 'status') {
    response.writeHead(fault.status, { 'content-type': 'text/html' });
    response.end(fault.body ?? '<html>out of order</html>');
    return;
  }
  const where = fault.where ?? 'both';
  const body = { errcode: 'M_LIMIT_EXCEEDED', error: 'Too Many Requests' };
  send(
    response,
    429,
    where === 'header' ? body : { ...body, retry_after_ms: fault.retryAfterMs },
    where === 'body' ? {} : { 'retry-after': String(Math.ceil(fault.retryAfterMs / 1000)) },
  );
}

function send(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(address !== null && typeof address === 'object' ? address.port : port);
    });
  });
}

function byMethod(routes: readonly Route[]): ReadonlyMap<string, readonly Route[]> {
  return Map.groupBy(routes, ({ method }) => method);
}

function summary(log: readonly StoredEvent[]): string {
  return log
    .slice(-5)
    .map(({ type, sender }) => `${type} of ${sender}`)
    .join(', ');
}
