import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Logger } from '../platform/log.ts';
import { ChannelError } from '../channels/channel.ts';
import { StoreUnavailable } from '../store/store.ts';

/** One thing that is wrong with what a caller sent. */
export interface FieldProblem {
  /** A field, with dots between its names; a parameter, a header. */
  readonly path: string;
  /** Of a field of a JSON body: where it is, as RFC 6901 writes it in fragments. */
  readonly pointer?: string;
  /** Never the value itself: what somebody sends to the wrong field may be a secret. */
  readonly found: string;
  readonly expected: string;
}

/** An answer that says what went wrong (RFC 9457). `detail` is for the caller: nothing of our inside. */
export interface Problem {
  readonly status: number;
  readonly title: string;
  readonly detail?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** What is wrong with the input, one by one. */
  readonly errors?: readonly FieldProblem[];
  /** Names the entry in our log. */
  readonly errorId?: string;
}

export function sendProblem(response: ServerResponse, problem: Problem): void {
  response.end(beginProblem(response, problem));
}

/** Sets the head; gives the body, which is the whole of what is to be sent. */
export function beginProblem(response: ServerResponse, problem: Problem): string {
  const { status, title, detail, errors, errorId } = problem;
  const body = JSON.stringify({
    type: 'about:blank',
    title,
    status,
    ...(detail === undefined ? {} : { detail }),
    ...(errors === undefined ? {} : { errors }),
    ...(errorId === undefined ? {} : { instance: `urn:uuid:${errorId}` }),
  });
  response.statusCode = status;
  response.setHeader('content-type', 'application/problem+json');
  response.setHeader('cache-control', 'no-store');
  response.setHeader('content-length', Buffer.byteLength(body));
  for (const [name, value] of Object.entries(problem.headers ?? {})) response.setHeader(name, value);
  return body;
}

/** For callers to come back after a short outage: long enough not to press, short enough not to be noticed. */
const retryAfterSeconds = 5;

export function overloaded(detail: string, afterSeconds = retryAfterSeconds): Problem {
  const headers = { 'retry-after': String(afterSeconds) };
  return { status: 503, title: 'Service Unavailable', detail, headers };
}

/** What an error means to the caller. What it means to us goes to the log, under the id that the caller gets. */
export function problemOf(error: unknown, where: string, logger: Logger): Problem {
  if (error instanceof StoreUnavailable) {
    logger.error({ where, error: error.message }, 'http: answered 503, the store is not available');
    return overloaded('Nothing was taken. Please try again.');
  }
  if (error instanceof ChannelError && error.kind === 'retry') {
    const seconds = Math.ceil((error.retryAfterMs ?? retryAfterSeconds * 1000) / 1000);
    return overloaded('What this needs cannot be reached now. Please try again.', seconds);
  }
  const errorId = randomUUID();
  const described = error instanceof Error ? (error.stack ?? error.message) : String(error);
  logger.error({ where, errorId, error: described }, 'http: answered 500');
  return { status: 500, title: 'Internal Server Error', errorId };
}
