import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express, type NextFunction, type Request, type Response, type Router } from 'express';
import type { Registry } from 'prom-client';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/log.ts';
import { createPace, type Pace } from '../platform/pace.ts';
import { BodyMemory } from './body-memory.ts';
import { channelRoutes, type ConnectionLookup } from './channel-routes.ts';
import { mediaRoutes, type MediaRoutesOptions } from './media-routes.ts';
import { OpenRequests } from './open-requests.ts';
import { operatorRoutes, type ReadinessCheck } from './operator-routes.ts';
import { problemOf, sendProblem } from './problem.ts';
import { refuse } from './refuse.ts';
import { defaultRequestRates, RequestLimits, type RequestRates } from './request-limits.ts';

export interface HttpServerOptions {
  readonly logger: Logger;
  readonly lookup: ConnectionLookup;
  readonly openMedia: MediaRoutesOptions['open'];
  readonly checks: readonly ReadinessCheck[];
  readonly registry: Registry;
  readonly metricsToken?: string;
  /** Reverse proxies in front, whose X-Forwarded-For is believed. Default 0: nobody's. */
  readonly trustedProxies?: number;
  /** More routes (REST, console), before the 404. */
  readonly routers?: readonly Router[];
  readonly limits?: Partial<HttpLimits>;
  /** How much one tenant and one source may ask. */
  readonly rates?: Partial<RequestRates>;
  /** Shared with whatever else tenants have done for them. Default: one of its own. */
  readonly pace?: Pace;
  readonly clock: Clock;
  /** Told of each answer; for metrics. */
  readonly onAnswer?: (answer: Answer) => void;
}

/** The figures are those of our security rules; where a peer exceeds one, it alone notices. */
export interface HttpLimits {
  /** Default 16 KiB. */
  readonly headerBytes: number;
  /** Default 10 s. */
  readonly headersMs: number;
  /** To the end of the body. Default 30 s. */
  readonly requestMs: number;
  /** From the end of the body to the answer's head. Default 30 s. */
  readonly handlingMs: number;
  /** A peer that takes nothing of its answer for so long is given up. Default 60 s. */
  readonly stallMs: number;
  /** Open connections; more are closed at once. Default 10,000. */
  readonly sockets: number;
  /** Requests under way at once, streams not counted; more get 503, unless they are of a tenant with less than an equal share; fewer while answers take more than a second. Default 1,000. */
  readonly requests: number;
  /** Bytes of bodies in memory at once; what would be more gets 503. Default 512 MiB. */
  readonly bodyBytes: number;
  /** The same for one line. Default 128 MiB: six of the largest files at once. */
  readonly lineBodyBytes: number;
}

export interface Answer {
  readonly route: 'channels' | 'media' | 'operator' | 'other';
  readonly status: number;
  readonly seconds: number;
}

export interface HttpServer {
  /** Gives the port (that the system chose, for 0). */
  start(at: { readonly host: string; readonly port: number }): Promise<number>;
  /** From now on `/ready` says no; everything else goes on. */
  prepareStop(): void;
  /** Takes nothing new, ends event streams, lets running requests end for at most `graceMs`, and closes. */
  stop(graceMs: number): Promise<void>;
}

const defaultLimits: HttpLimits = {
  headerBytes: 16 * 1024,
  headersMs: 10_000,
  requestMs: 30_000,
  handlingMs: 30_000,
  stallMs: 60_000,
  sockets: 10_000,
  requests: 1000,
  bodyBytes: 512 * 1024 * 1024,
  lineBodyBytes: 128 * 1024 * 1024,
};

/** The side that networks, browsers and operators talk to. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const limits = { ...defaultLimits, ...options.limits };
  const requests = new OpenRequests(limits.requests, options.clock);
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: 60_000,
      connectionsCheckingInterval: Math.min(1000, limits.headersMs),
      insecureHTTPParser: false,
    },
    createApp(options, limits, requests),
  );
  server.maxConnections = limits.sockets;
  // Closing ends the connections that are idle then; those whose last answer is still on its way become idle later.
  server.on('request', (_, response) => {
    response.once('close', () => {
      if (requests.isClosing) setImmediate(() => server.closeIdleConnections());
    });
  });
  return {
    start: (at) => listen(server, at),
    prepareStop: () => requests.prepareStop(),
    stop: async (graceMs) => {
      requests.stop();
      await close(server, graceMs);
    },
  };
}

function createApp(options: HttpServerOptions, limits: HttpLimits, requests: OpenRequests): Express {
  const { logger, onAnswer } = options;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('case sensitive routing');
  app.enable('strict routing');
  app.set('query parser', false);
  app.set('trust proxy', options.trustedProxies ?? 0);
  app.use((request, response, next) => {
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader('referrer-policy', 'no-referrer');
    if (requests.isClosing) response.setHeader('connection', 'close');
    if (onAnswer !== undefined) observe(request, response, onAnswer);
    next();
  });
  app.use(
    operatorRoutes({
      checks: options.checks,
      registry: options.registry,
      isStopping: () => requests.isStopping,
      logger,
      ...(options.metricsToken === undefined ? {} : { metricsToken: options.metricsToken }),
    }),
  );
  const rates = new RequestLimits({ ...defaultRequestRates, ...options.rates }, options.clock);
  app.use((request, response, next) => {
    const source = request.ip ?? '';
    const beyond = rates.ofSource(source);
    if (beyond !== undefined) {
      refuse(request, response, beyond);
      return;
    }
    response.once('close', () => {
      rates.answeredSource(source, response.statusCode);
    });
    next();
  });
  app.use(mediaRoutes({ open: options.openMedia, requests, logger, stallMs: limits.stallMs }));
  const { stallMs, handlingMs } = limits;
  const { pace = createPace() } = options;
  const bodies = new BodyMemory(limits.bodyBytes, limits.lineBodyBytes);
  app.use(
    channelRoutes({
      lookup: options.lookup,
      requests,
      bodies,
      limits: rates,
      pace,
      logger,
      stallMs,
      handlingMs,
    }),
  );
  for (const router of options.routers ?? []) app.use(router);
  app.use((_, response) => sendProblem(response, { status: 404, title: 'Not Found' }));
  app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    // Express then closes the connection.
    if (response.headersSent) next(error);
    else if (error instanceof URIError) sendProblem(response, { status: 400, title: 'Bad Request' });
    else sendProblem(response, problemOf(error, 'other', logger));
  });
  return app;
}

const routeNames = new Map<string, Answer['route']>([
  ['channels', 'channels'],
  ['media', 'media'],
  ['health', 'operator'],
  ['ready', 'operator'],
  ['metrics', 'operator'],
]);

function observe(request: Request, response: Response, onAnswer: (answer: Answer) => void): void {
  const startedAt = performance.now();
  const route = routeNames.get(request.path.split('/')[1] ?? '') ?? 'other';
  response.once('close', () => {
    const seconds = (performance.now() - startedAt) / 1000;
    // 499: the peer left before there was an answer.
    onAnswer({ route, status: response.headersSent ? response.statusCode : 499, seconds });
  });
}

function listen(server: Server, at: { readonly host: string; readonly port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(at.port, at.host, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function close(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), graceMs);
    // Also ends connections on which nothing is under way.
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
