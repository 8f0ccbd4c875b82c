import { parseJson } from '../../platform/parse-json.ts';
import type { Dispatcher } from 'undici';
import { z } from 'zod';
import { MatrixError } from './matrix-error.ts';

/** Network faults that come before anything was sent. */
const nothingSent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

const matrixErrorBody = z.object({
  errcode: z.string().max(255),
  error: z.string().optional(),
  retry_after_ms: z.number().nonnegative().optional(),
});

/** What a call is named in errors and metrics: its method and the fixed words of its path, so that ids of people stay out. */
export function callName(method: string, path: string): string {
  const words = path.split('/').filter((segment) => /^[a-z][a-zA-Z_]{0,19}$/.test(segment));
  return `${method} ${words.filter((word) => word !== '_matrix' && word !== 'client').join('/')}`;
}

/** The error of an answer that is not 2xx. `redact` takes secrets out of the homeserver's words. */
export function refusal(
  name: string,
  answer: {
    readonly status: number;
    readonly headers: Dispatcher.ResponseData['headers'];
    readonly text: string;
  },
  now: number,
  redact: (text: string) => string,
): MatrixError {
  const { status, headers, text } = answer;
  const body = matrixErrorBody.safeParse(parseJson(text));
  // A proxy in front that lost its way: the homeserver did not say that something is absent or forbidden, and rooms are given up by that.
  if (!body.success && (status === 403 || status === 404))
    return new MatrixError({
      status: 0,
      errcode: 'SWITCHBOARD_BAD_ANSWER',
      message: `${name}: ${status} without a Matrix error: something in front of the homeserver answered`,
      certain: false,
    });
  // A proxy answers in HTML: its page helps nobody.
  const errcode = body.success ? body.data.errcode : 'M_UNKNOWN';
  const words = body.success ? (body.data.error ?? '') : 'no Matrix error in the answer';
  const retryAfterMs =
    retryAfterHeader(headers['retry-after'], now) ?? (body.success ? body.data.retry_after_ms : undefined);
  return new MatrixError({
    status,
    errcode,
    message: `${name}: ${status} ${errcode}: ${redact(words).slice(0, 300)}`,
    certain: status >= 400 && status < 500 && status !== 408,
    retryAfterMs,
  });
}

/** The error of a call that got no answer. */
export function noAnswer(name: string, error: unknown, timedOutAfterMs: number | undefined): MatrixError {
  if (timedOutAfterMs !== undefined)
    return new MatrixError({
      status: 0,
      errcode: 'SWITCHBOARD_TIMEOUT',
      message: `${name}: no answer within ${timedOutAfterMs} ms`,
      certain: false,
    });
  const code = codeOf(error);
  // Not a fault of the network: the stream that was being uploaded failed.
  if (!/^(UND_ERR|E(CONN|HOST|NET|PIPE|TIMEDOUT|NOTFOUND|AI_|PROTO))/.test(code))
    return unreadableBody(name, error);
  return new MatrixError(
    {
      status: 0,
      errcode: 'SWITCHBOARD_UNREACHABLE',
      message: `${name}: ${nothingSent.has(code) ? 'no connection' : 'connection broken'} (${code})`,
      certain: nothingSent.has(code),
    },
    { cause: error },
  );
}

export function badAnswer(name: string, status: number, what: string): MatrixError {
  return new MatrixError({
    status,
    errcode: 'SWITCHBOARD_BAD_ANSWER',
    message: `${name}: ${status} with an answer that the specification does not have: ${what}`,
    certain: false,
  });
}

/** The error of an upload whose own source failed. */
export function unreadableBody(name: string, error: unknown): MatrixError {
  return new MatrixError(
    {
      status: 0,
      errcode: 'SWITCHBOARD_UNREADABLE_BODY',
      message: `${name}: the file to send could not be read`,
      certain: true,
    },
    { cause: error },
  );
}

/** Seconds or a date (RFC 9110). */
function retryAfterHeader(value: string | string[] | undefined, now: number): number | undefined {
  const first = Array.isArray(value) ? value[0] : value;
  if (first === undefined || first === '') return undefined;
  const seconds = Number(first);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(first);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function codeOf(error: unknown): string {
  const errors = error instanceof AggregateError ? (error.errors as unknown[]) : [error];
  for (const one of errors)
    if (one instanceof Error && 'code' in one && typeof one.code === 'string') return one.code;
  return error instanceof Error ? error.name : 'unknown';
}
