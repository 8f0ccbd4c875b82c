import { Pool, type Dispatcher } from 'undici';
import { z } from 'zod';
import { actedFor } from '../../platform/acting-for.ts';
import type { Clock } from '../../platform/clock.ts';
import type { MatrixEventId, MatrixUserId } from '../../platform/ids.ts';
import { as } from '../../platform/ids.ts';
import { parseJson } from '../../platform/parse-json.ts';
import { createPlaces } from '../../platform/places.ts';
import { badAnswer, callName, noAnswer, refusal, unreadableBody } from './failure.ts';
import {
  matrixPath,
  type HomeserverClient,
  type HomeserverRequest,
  type MediaUpload,
  type RetryMode,
  type TransportObserver,
} from './homeserver-client.ts';
import { MatrixError } from './matrix-error.ts';
import { openDownload } from './open-download.ts';
import { readText } from './read-text.ts';
import { retryDelayMs } from './retry.ts';

export interface HomeserverClientOptions {
  /** Client-server API base URL; may have a path. */
  readonly url: string;
  readonly asToken: string;
  readonly clock: Clock;
  readonly observe?: TransportObserver;
  /** From [0, 1); for the jitter. */
  readonly random?: () => number;
  /** Connections kept to the homeserver. Default 32: Synapse gains nothing from more (it is one process). */
  readonly connections?: number;
}

const defaultTimeoutMs = 30_000;
const uploadTimeoutMs = 300_000;
/** The largest JSON answer, e.g. the members of a very large room. */
const largestAnswerBytes = 64 * 1024 * 1024;
const eventAnswer = z.object({ event_id: z.string().min(1) });
const uploadAnswer = z.object({ content_uri: z.string().startsWith('mxc://') });

interface Call {
  readonly name: string;
  readonly method: Dispatcher.HttpMethod;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly timeoutMs: number;
  readonly retry: RetryMode;
  readonly body: () => Promise<Dispatcher.DispatchOptions['body']>;
}

/**
 * A keep-alive pool to one homeserver, whose connections tenants take in turns (see {@link actedFor}). The token travels in the
 * Authorization header only.
 */
export function createHomeserverClient(options: HomeserverClientOptions): HomeserverClient {
  const url = new URL(options.url);
  const prefix = url.pathname.replace(/\/+$/, '');
  const connections = options.connections ?? 32;
  // Nothing waits in the pool, which knows no tenants.
  const places = createPlaces(connections);
  const pool = new Pool(url.origin, {
    connections,
    pipelining: 1,
    keepAliveTimeout: 30_000,
    connect: { timeout: 10_000 },
  });
  const authorization = `Bearer ${options.asToken}`;
  const redact = (text: string): string => text.replaceAll(options.asToken, '[redacted]');
  const random = options.random ?? Math.random;
  const sleeping = new Set<() => void>();
  let closed = false;
  const isClosed = (): boolean => closed;

  const closedError = (name: string): MatrixError =>
    new MatrixError({
      status: 0,
      errcode: 'SWITCHBOARD_CLOSED',
      message: `${name}: the connection to the homeserver is being closed`,
      certain: false,
    });

  async function wait(name: string, delayMs: number): Promise<void> {
    if (isClosed()) throw closedError(name);
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        cancel();
        sleeping.delete(wake);
        resolve();
      };
      const cancel = options.clock.after(delayMs, wake);
      sleeping.add(wake);
    });
    if (isClosed()) throw closedError(name);
  }

  /** Repeats an attempt as retry.ts says, and tells the observer of each. */
  async function repeat<T>(
    call: { name: string; retry: RetryMode },
    attempt: () => Promise<{ status: number; value: T }>,
  ): Promise<T> {
    for (let number = 1; ; number += 1) {
      const began = performance.now();
      const report = (status: number, retried: boolean): void =>
        options.observe?.({ name: call.name, status, durationMs: performance.now() - began, retried });
      if (isClosed()) throw closedError(call.name);
      try {
        const { status, value } = await attempt();
        report(status, false);
        return value;
      } catch (error) {
        if (isClosed()) throw closedError(call.name);
        if (!(error instanceof MatrixError)) throw error;
        const delay = retryDelayMs(error, number, call.retry, random());
        report(error.status, delay !== undefined);
        if (delay === undefined) throw error;
        await wait(call.name, delay);
      }
    }
  }

  async function attempt<T>(call: Call, schema: z.ZodType<T>): Promise<{ status: number; value: T }> {
    const timeout = new AbortController();
    const timer = setTimeout(() => {
      timeout.abort();
    }, call.timeoutMs);
    let giveBack = (): void => undefined;
    try {
      giveBack = await places.take(actedFor() ?? '', timeout.signal);
      const body = await openBody(call);
      const answer = await pool.request({
        path: call.path,
        method: call.method,
        headers: call.headers,
        body: body ?? null,
        signal: timeout.signal,
        headersTimeout: 0,
        bodyTimeout: 0,
      });
      const text = await readText(answer, largestAnswerBytes);
      const status = answer.statusCode;
      if (text === undefined) throw badAnswer(call.name, status, `more than ${largestAnswerBytes} bytes`);
      if (status < 200 || status > 299)
        throw refusal(call.name, { status, headers: answer.headers, text }, options.clock.now(), redact);
      const checked = schema.safeParse(parseJson(text));
      if (!checked.success)
        throw badAnswer(
          call.name,
          status,
          checked.error.issues.map((issue) => `${issue.path.join('.')} (${issue.code})`).join(', '),
        );
      return { status, value: checked.data };
    } catch (error) {
      if (error instanceof MatrixError) throw error;
      throw noAnswer(call.name, error, timeout.signal.aborted ? call.timeoutMs : undefined);
    } finally {
      clearTimeout(timer);
      giveBack();
    }
  }

  async function run<T>(call: Call, schema: z.ZodType<T>): Promise<T> {
    return repeat(call, () => attempt(call, schema));
  }

  async function request<T>(wish: HomeserverRequest<T>): Promise<T> {
    const { method, retry } = wish;
    const hasBody = method === 'PUT' || method === 'POST';
    const body = hasBody ? JSON.stringify(wish.body ?? {}) : null;
    return run(
      {
        name: wish.name ?? callName(method, wish.path),
        method,
        path: prefix + wish.path + queryString(wish),
        headers: hasBody ? { authorization, 'content-type': 'application/json' } : { authorization },
        timeoutMs: wish.timeoutMs ?? defaultTimeoutMs,
        retry: retry ?? (method === 'GET' || method === 'PUT' ? 'idempotent' : 'limited'),
        body: async () => body,
      },
      wish.schema,
    );
  }

  async function upload(file: MediaUpload): Promise<string> {
    const { body } = file;
    const size = file.sizeBytes ?? (typeof body === 'function' ? undefined : body.byteLength);
    const query = { ...(file.fileName === undefined ? {} : { filename: file.fileName }) };
    const answer = await run(
      {
        name: 'POST media/upload',
        method: 'POST',
        path: `${prefix}/_matrix/media/v3/upload${queryString({ query, ...actAsOf(file.actAs) })}`,
        headers: {
          authorization,
          'content-type': file.mimeType,
          ...(size === undefined ? {} : { 'content-length': String(size) }),
        },
        timeoutMs: file.timeoutMs ?? uploadTimeoutMs,
        // Repeated, it leaves at worst a file that nobody names.
        retry: 'idempotent',
        body: async () => (typeof body === 'function' ? body() : body),
      },
      uploadAnswer,
    );
    return answer.content_uri;
  }

  return {
    request,
    upload,
    async sendEvent({ room, type, content, txnId, at, ...asserted }) {
      const { event_id } = await request({
        method: 'PUT',
        path: matrixPath`/_matrix/client/v3/rooms/${room}/send/${type}/${txnId}`,
        name: 'PUT rooms/send',
        body: content,
        schema: eventAnswer,
        ...(at === undefined ? {} : { query: { ts: at } }),
        ...asserted,
      });
      return as<MatrixEventId>(event_id);
    },
    async download(mxc, { timeoutMs = defaultTimeoutMs } = {}) {
      const name = 'GET media/download';
      return repeat({ name, retry: 'idempotent' }, () =>
        openDownload({ pool, prefix, authorization, mxc, timeoutMs, name, redact, clock: options.clock }),
      );
    },
    async close() {
      closed = true;
      for (const wake of [...sleeping]) wake();
      await pool.destroy();
    },
  };
}

async function openBody(call: Call): Promise<Dispatcher.DispatchOptions['body']> {
  try {
    return await call.body();
  } catch (error) {
    throw unreadableBody(call.name, error);
  }
}

function actAsOf(user: MatrixUserId | undefined): { actAs?: MatrixUserId } {
  return user === undefined ? {} : { actAs: user };
}

function queryString(request: Pick<HomeserverRequest<unknown>, 'query' | 'actAs' | 'device'>): string {
  const { query, actAs, device } = request;
  if (query === undefined && actAs === undefined && device === undefined) return '';
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === undefined) continue;
    if (typeof value === 'object') for (const one of value) parameters.append(name, one);
    else parameters.append(name, String(value));
  }
  if (actAs !== undefined) parameters.append('user_id', actAs);
  if (device !== undefined) {
    // Stable since v1.17; Synapse before it knows the unstable name only.
    parameters.append('device_id', device);
    parameters.append('org.matrix.msc3202.device_id', device);
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}
