import { createHmac } from 'node:crypto';
import { text as readText } from 'node:stream/consumers';
import { z } from 'zod';
import type { TenantId } from '../../platform/ids.ts';
import type { Taken } from '../../delivery/delivery.ts';
import type { Chooser } from '../../directory/routing-policy.ts';
import type { Directory } from '../../directory/directory.ts';
import { MediaError } from '../../media/media-error.ts';
import type { GuardedFetchOptions, OpenMedia } from '../../media/open-media.ts';
import { outcomeText, type ChoiceOperation } from './choice-operation.ts';

export interface AskChooserOptions {
  readonly directory: Directory;
  readonly now: () => number;
  /** For URLs that somebody else chose. */
  readonly fetch: (url: string, options?: GuardedFetchOptions) => Promise<OpenMedia>;
  /** Where the operator lets those of the config file be, though on a private address or without TLS. */
  readonly trustedOrigins: readonly string[];
}

const longestAnswer = 16 * 1024;
const attempts = 2;
const answerSchema = z.object({ agent: z.string().min(1).max(64) });

/**
 * Asks the application that chooses for a queue. Never fails: without an answer that counts the queue's own order decides, and the agent
 * can read why. An application that answers nonsense or refuses is not asked again; one that cannot be reached is, once.
 */
export function createAskChooser(options: AskChooserOptions) {
  const { directory, now } = options;
  return async (tenant: TenantId, { call, queue, question }: ChoiceOperation): Promise<Taken> => {
    const chooser = directory.tenant(tenant)?.queues.get(queue)?.policy.chooser;
    if (chooser === undefined) return failed('the queue has no application any more');
    let failure = 'no answer';
    for (let attempt = 1; attempt <= attempts; attempt++) {
      try {
        const agent = await ask(options, chooser, call, JSON.stringify(question), now());
        if (!question.agents.some(({ id }) => id === agent))
          return failed('it chose somebody who was not among those to choose from');
        return { nativeId: outcomeText({ agent }) };
      } catch (error) {
        if (error instanceof WrongAnswer) return failed(error.message);
        const { reason, isFinal } = reasonOf(error);
        failure = reason;
        if (isFinal) break;
      }
    }
    return failed(failure);
  };
}

function failed(failure: string): Taken {
  return { nativeId: outcomeText({ failure }) };
}

class WrongAnswer extends Error {}

/** Signed as Standard Webhooks are: HMAC-SHA256 over id, time and body. */
async function ask(
  { fetch, trustedOrigins }: AskChooserOptions,
  { url, ofFile, secret, timeoutMs }: Chooser,
  call: string,
  body: string,
  now: number,
): Promise<string> {
  const time = String(Math.floor(now / 1000));
  const signature = createHmac('sha256', secret).update(`${call}.${time}.${body}`).digest('base64');
  const answer = await fetch(url, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'webhook-id': call,
      'webhook-timestamp': time,
      'webhook-signature': `v1,${signature}`,
    },
    timeoutMs,
    wholeTimeoutMs: timeoutMs,
    maxBytes: longestAnswer,
    trustedOrigins: ofFile === true ? trustedOrigins : [],
  });
  let json: unknown;
  try {
    const said = await readText(answer.stream);
    json = JSON.parse(said);
  } catch (error) {
    if (error instanceof MediaError && error.failure === 'timeout') throw error;
    throw new WrongAnswer('its answer is no JSON, or too long');
  }
  const read = answerSchema.safeParse(json);
  if (!read.success) throw new WrongAnswer('its answer names no agent');
  return read.data.agent;
}

/** Hosts and answers are the operator's affair and stay out of what agents read. */
function reasonOf(error: unknown): { readonly reason: string; readonly isFinal: boolean } {
  if (!(error instanceof MediaError)) return { reason: 'it could not be asked', isFinal: false };
  const { failure, status = 0 } = error;
  switch (failure) {
    case 'timeout':
      return { reason: 'no answer in time', isFinal: false };
    case 'status':
      return { reason: `it answered ${String(status)}`, isFinal: status < 500 };
    case 'unreachable':
      return { reason: 'it cannot be reached', isFinal: false };
    default:
      return { reason: 'it may not be asked', isFinal: true };
  }
}
