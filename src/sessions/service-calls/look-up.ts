import { text } from 'node:stream/consumers';
import { MediaError } from '../../media/media-error.ts';
import type { GuardedFetchOptions, OpenMedia } from '../../media/open-media.ts';
import type { JsonValue, LookUp } from '../../services/instruction.ts';
import type { LookUpAnswer } from '../../services/programme/happenings.ts';
import { keptValues } from './kept-values.ts';

export interface LookUpOptions {
  readonly fetch: (url: string, options?: GuardedFetchOptions) => Promise<OpenMedia>;
  /** `https://host:port` of servers in the operator's own network. */
  readonly trustedOrigins: readonly string[];
}

/** What is asked, with what is sent along. */
export interface LookUpRequest extends LookUp {
  readonly headers?: Readonly<Record<string, string>>;
}

const maxAnswerBytes = 256 * 1024;
const attempts = 2;

/** Asks a server, through the guarded client, and keeps of its JSON answer what is wanted. Never throws: why it failed is for the agents. */
export async function lookUp(options: LookUpOptions, wanted: LookUpRequest): Promise<LookUpAnswer> {
  let failure = '';
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    try {
      return { attributes: keptValues(await ask(options, wanted), wanted.keep) };
    } catch (error) {
      failure = error instanceof MediaError ? error.message : 'what came is no JSON';
      if (!(error instanceof MediaError) || !error.retryable) break;
    }
  }
  return notHad(failure);
}

export function notHad(reason: string): LookUpAnswer {
  return { failure: `what it asked for could not be had (${reason})` };
}

async function ask({ fetch, trustedOrigins }: LookUpOptions, wanted: LookUpRequest): Promise<JsonValue> {
  const { url, method, headers, body, timeoutMs } = wanted;
  const { stream } = await fetch(url, {
    method,
    headers: {
      accept: 'application/json',
      ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
      ...headers,
    },
    ...(method === 'POST' ? { body: JSON.stringify(body ?? {}) } : {}),
    timeoutMs,
    maxBytes: maxAnswerBytes,
    trustedOrigins,
  });
  return JSON.parse(await text(stream)) as JsonValue;
}
