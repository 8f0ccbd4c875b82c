import { Agent, request } from 'undici';
import { ChannelError } from '../channel.ts';
import { retryAfterMs } from '../retry-after.ts';
import type { Clock } from '../../platform/clock.ts';
import { sign, signatureHeader } from './signature.ts';

export interface Callback {
  /** Resolves when the customers' program took it. @throws {ChannelError} */
  post(content: object): Promise<void>;
  close(): Promise<void>;
}

/** Tells the customers' program, by signed requests. */
export function openCallback(url: string, secret: string, clock: Clock): Callback {
  const agent = new Agent({ connections: 16, headersTimeout: 10_000, bodyTimeout: 10_000 });
  const { pathname, search } = new URL(url);

  async function post(content: object): Promise<void> {
    const body = JSON.stringify(content);
    const headers = {
      'content-type': 'application/json',
      [signatureHeader]: sign(secret, 'POST', pathname + search, body),
    };
    const response = await request(url, { method: 'POST', headers, body, dispatcher: agent }).catch(
      (error: unknown) => {
        throw neverAnswered(error);
      },
    );
    // The status has said it all; what else there was to read does not matter.
    await response.body.dump().catch(() => undefined);
    if (response.statusCode < 300) return;
    throw refused(response.statusCode, retryAfterMs(response.headers['retry-after'], clock.now()));
  }

  return { post, close: () => agent.destroy() };
}

/** Only where no connection came about is it certain that nothing arrived. */
function neverAnswered(error: unknown): ChannelError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  const certain = ['ECONNREFUSED', 'ENOTFOUND', 'UND_ERR_CONNECT_TIMEOUT'].includes(code);
  return new ChannelError(
    { kind: 'retry', certain, reason: `the callback URL did not answer (${code})` },
    { cause: error },
  );
}

function refused(status: number, wait: number | undefined): ChannelError {
  const reason = `the callback URL answered ${status}`;
  if (status === 401 || status === 403)
    return new ChannelError({ kind: 'unauthorised', certain: true, reason });
  if (status === 410) return new ChannelError({ kind: 'unreachable', certain: true, reason });
  if (status !== 429 && status < 500) return new ChannelError({ kind: 'permanent', certain: true, reason });
  const retryAfter = wait === undefined ? {} : { retryAfterMs: wait };
  return new ChannelError({ kind: 'retry', certain: status === 429, reason, ...retryAfter });
}
