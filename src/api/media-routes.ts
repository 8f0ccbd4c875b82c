import { Router, type Response } from 'express';
import type { Logger } from '../platform/log.ts';
import { ChannelError, type OpenMedia } from '../channels/channel.ts';
import { servingHeaders } from '../media/serving-headers.ts';
import type { OpenRequests } from './open-requests.ts';
import { overloaded, problemOf, sendProblem, type Problem } from './problem.ts';
import { sendStream } from './send-stream.ts';

export interface MediaRoutesOptions {
  /** The file that a link's token stands for. May reject with a {@link ChannelError}. */
  readonly open: (token: string) => Promise<OpenMedia | 'bad' | 'expired'>;
  readonly requests: OpenRequests;
  readonly logger: Logger;
  readonly stallMs: number;
}

const unknown: Problem = { status: 404, title: 'Not Found' };
const expired: Problem = { status: 410, title: 'Gone', detail: 'This link has expired.' };
const methodNotAllowed: Problem = {
  status: 405,
  title: 'Method Not Allowed',
  headers: { allow: 'GET, HEAD' },
};

/** `/media/<token>`: a file for whoever holds a signed link. */
export function mediaRoutes(options: MediaRoutesOptions): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.all('/media/:token', async (request, response) => {
    const problem = await answer(request.method, request.params.token, response, options);
    if (problem !== undefined && !response.destroyed) sendProblem(response, problem);
  });
  return router;
}

/** What is wrong, if anything is and nothing was sent yet. */
async function answer(
  method: string,
  token: string,
  response: Response,
  options: MediaRoutesOptions,
): Promise<Problem | undefined> {
  if (method !== 'GET' && method !== 'HEAD') return methodNotAllowed;
  const begun = options.requests.begin(response);
  if (begun === undefined) return overloaded('Too much is under way. Please try again.', 1);
  try {
    const media = await options.open(token);
    if (media === 'bad') return unknown;
    if (media === 'expired') return expired;
    await sendMedia(response, media, method === 'HEAD', begun.controller.signal, options);
  } catch (error) {
    if (!response.headersSent) return failure(error, options.logger);
    response.destroy();
  }
  return undefined;
}

function failure(error: unknown, logger: Logger): Problem {
  const isGone = error instanceof ChannelError && error.kind !== 'retry';
  return isGone
    ? { ...unknown, detail: 'The file is not there any more.' }
    : problemOf(error, '/media', logger);
}

async function sendMedia(
  response: Response,
  media: OpenMedia,
  headOnly: boolean,
  signal: AbortSignal,
  { logger, stallMs }: MediaRoutesOptions,
): Promise<void> {
  const { stream, mimeType, sizeBytes, fileName } = media;
  // Until it is read, an error of the source would have nobody to go to.
  stream.on('error', () => undefined);
  for (const [name, value] of Object.entries(servingHeaders(mimeType, fileName)))
    response.setHeader(name, value);
  response.setHeader('cache-control', 'private, no-store');
  response.setHeader('accept-ranges', 'none');
  if (sizeBytes !== undefined) response.setHeader('content-length', sizeBytes);
  if (headOnly) {
    stream.destroy();
    response.end();
    return;
  }
  const end = await sendStream(response, stream as AsyncIterable<Uint8Array>, {
    signal,
    stallMs,
    ...(sizeBytes === undefined ? {} : { bytes: sizeBytes }),
    onError: (error) => logger.warn({ error: String(error) }, 'http: a file broke off'),
  });
  if (end !== 'sent') stream.destroy();
}
