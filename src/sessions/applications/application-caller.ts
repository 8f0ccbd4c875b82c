import { text } from 'node:stream/consumers';
import type { QueueId } from '../../platform/ids.ts';
import { DeliveryFailure } from '../../delivery/delivery.ts';
import type { Application } from '../../directory/application.ts';
import type { Tenant } from '../../directory/tenant.ts';
import type { GuardedFetch } from '../../media/guarded-fetch.ts';
import { MediaError } from '../../media/media-error.ts';
import { AnswerFault } from '../../services/application/answer-fault.ts';
import { wireRequest } from '../../services/application/application-request.ts';
import { namesServer } from '../../services/application/named-servers.ts';
import { queueNamed } from '../../services/application/queue-named.ts';
import { readAnswer } from '../../services/application/read-answer.ts';
import type { RequestParameters } from '../../services/application/request-parameters.ts';
import { splitMethod } from '../../services/application/url-method.ts';
import type { Instruction } from '../../services/instruction.ts';

/** One call of an application, each time it is tried. */
export interface ApplicationCall {
  readonly application: Application;
  /** In place of the application's own. */
  readonly url?: string;
  readonly parameters: RequestParameters;
  /** The same each time. */
  readonly id: string;
  /** The first is 1. */
  readonly attempt: number;
  /** Where an answer's `enqueue` leads that names no queue. */
  readonly queue: QueueId;
}

export type ApplicationOutcome =
  { readonly instructions: readonly Instruction[] } | { readonly failure: string };

/** Asks over HTTP. Resolves with what came of it in the end. @throws {DeliveryFailure} `retry`: to be asked again later */
export type CallApplication = (tenant: Tenant, call: ApplicationCall) => Promise<ApplicationOutcome>;

const largestAnswer = 64 * 1024;
const firstRestMs = 1000;
const longestRestMs = 10_000;

export function createApplicationCaller(options: {
  readonly fetch: GuardedFetch;
  readonly now: () => number;
  /** Where the operator lets applications of the config file be, though on a private address or without TLS. */
  readonly trustedOrigins: readonly string[];
}): CallApplication {
  const ask = async (
    tenant: Tenant,
    { application, parameters, id, queue }: ApplicationCall,
    wanted: string,
  ): Promise<readonly Instruction[]> => {
    const { url, method = application.method } = splitMethod(wanted);
    // Without what a GET's query is given for this call.
    let at = url;
    const found = await options.fetch(url, {
      timeoutMs: application.timeoutMs,
      wholeTimeoutMs: application.timeoutMs,
      maxBytes: largestAnswer,
      trustedOrigins: application.ofFile === true ? options.trustedOrigins : [],
      send: (hop, again) => {
        at = hop;
        const now = options.now();
        return again
          ? wireRequest(application, { url: hop, method }, parameters, { id, now })
          : wireRequest(application, { url: hop, method: 'GET' }, {}, { id, now });
      },
    });
    const body = isSound(found.mimeType) ? dropped(found.stream) : await text(found.stream);
    const instructions = readAnswer(
      { type: found.mimeType, body },
      { url: at, queue, queueNamed: (name) => queueNamed(tenant, name) },
    );
    // Whoever comes by REST leads nobody else there either.
    if (application.ofFile !== true && namesServer(instructions, options.trustedOrigins))
      throw new AnswerFault('it names a server of the operator’s own network');
    return instructions;
  };

  return async (tenant, call) => {
    const { application, attempt } = call;
    const problems: string[] = [];
    try {
      return { instructions: await ask(tenant, call, call.url ?? application.url) };
    } catch (error) {
      problems.push(wordsOf(error));
      if (isWorthRetrying(error) && attempt <= application.retries) throw later(error, attempt);
    }
    if (application.fallbackUrl !== undefined) {
      try {
        return { instructions: await ask(tenant, call, application.fallbackUrl) };
      } catch (error) {
        problems.push(`its fallback: ${wordsOf(error)}`);
      }
    }
    return { failure: `the application ${application.id} gave no usable answer (${problems.join('; ')})` };
  };
}

function isSound(type: string): boolean {
  return type.toLowerCase().startsWith('audio/');
}

function dropped(stream: { destroy(): unknown }): string {
  stream.destroy();
  return '';
}

function isWorthRetrying(error: unknown): boolean {
  return error instanceof MediaError && error.retryable;
}

function later(error: unknown, attempt: number): DeliveryFailure {
  const asked = error instanceof MediaError ? Number(error.retryAfter) * 1000 : NaN;
  const restMs = asked > 0 ? asked : firstRestMs * 2 ** (attempt - 1);
  return new DeliveryFailure(
    { kind: 'retry', certain: false, reason: wordsOf(error), retryAfterMs: Math.min(restMs, longestRestMs) },
    { cause: error },
  );
}

/** Nothing of what anybody wrote: those errors name hosts, places and kinds only. */
function wordsOf(error: unknown): string {
  if (error instanceof MediaError || error instanceof AnswerFault) return error.message;
  return 'its answer could not be read';
}
