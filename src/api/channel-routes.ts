import { validateHeaderName, validateHeaderValue } from 'node:http';
import { Router, type Request, type Response } from 'express';
import type { Logger } from '../platform/log.ts';
import type { Pace } from '../platform/pace.ts';
import type { ChannelReply, ChannelRequest, Connection } from '../channels/channel.ts';
import type { BodyMemory } from './body-memory.ts';
import { parseLinePath, type LinePath } from './line-path.ts';
import type { OpenRequests } from './open-requests.ts';
import { refuse } from './refuse.ts';
import type { RequestLimits } from './request-limits.ts';
import { overloaded, problemOf, type Problem } from './problem.ts';
import { readBody } from './read-body.ts';
import { sendStream } from './send-stream.ts';

/** The open line that a path names, if there is one and it is of this channel. */
export type ConnectionLookup = (
  channel: string,
  tenant: string,
  line: string,
) => { readonly connection: Connection; readonly maxBodyBytes: number } | undefined;

export interface ChannelRoutesOptions {
  readonly lookup: ConnectionLookup;
  readonly requests: OpenRequests;
  readonly bodies: BodyMemory;
  readonly limits: RequestLimits;
  /** Gives each request its turn, by tenant. */
  readonly pace: Pace;
  readonly logger: Logger;
  /** A peer that takes nothing of its answer for so long is given up. */
  readonly stallMs: number;
  /** A module that has not answered by then is answered for, with 503. */
  readonly handlingMs: number;
}

const malformed: Problem = { status: 400, title: 'Bad Request', detail: 'The path is malformed.' };
const unknownLine: Problem = { status: 404, title: 'Not Found', detail: 'There is no such line.' };

/** `/channels/<channel>/<tenant>/<line>` and everything below: handed to the line's connection as it came. */
export function channelRoutes(options: ChannelRoutesOptions): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.use('/channels', async (request, response) => {
    const problem = await answer(request, response, options);
    if (problem !== undefined && !response.destroyed) refuse(request, response, problem);
  });
  return router;
}

/** What is wrong, if anything is and nothing was sent yet. */
async function answer(
  request: Request,
  response: Response,
  options: ChannelRoutesOptions,
): Promise<Problem | undefined> {
  const path = parseLinePath(request.originalUrl);
  if (path === 'malformed') return malformed;
  const found = path && options.lookup(path.channel, path.tenant, path.line);
  if (path === undefined || found?.connection.receive === undefined) return unknownLine;
  const { tenant } = path;
  const beyond = options.limits.ofTenant(tenant);
  if (beyond !== undefined) return beyond;
  response.once('close', () => {
    options.limits.answeredTenant(tenant, response.statusCode);
  });
  const held = options.bodies.of(`${path.channel}/${path.tenant}/${path.line}`);
  response.once('close', () => held.release());
  const body = await readBody(request, found.maxBodyBytes, held);
  if (body === 'gone') return undefined;
  if (body === 'too large') return tooLarge(found.maxBodyBytes);
  if (body === 'no room') return tooMuch();
  // Only now: a body that comes slowly is nobody's work, and must not keep others out.
  const begun = options.requests.begin(response, tenant);
  if (begun === undefined) return tooMuch();
  const { controller, done } = begun;
  await options.pace.turn(tenant);
  try {
    const asked = channelRequest(request, path, body, controller.signal);
    const reply = await inTime(found.connection.receive(asked), options.handlingMs);
    if (reply !== 'late') {
      await sendReply(response, reply, controller, done, options);
      return undefined;
    }
    controller.abort(new Error('took too long'));
    options.logger.error({ channel: path.channel, line: path.line }, 'http: a line gave no answer in time');
    return overloaded('This took too long. Please try again.');
  } catch (error) {
    const problem = problemOf(error, `/channels/${path.channel}/${path.tenant}/${path.line}`, options.logger);
    if (!response.headersSent) return problem;
    response.destroy();
    return undefined;
  }
}

function tooMuch(): Problem {
  return overloaded('Too much is under way. Please try again.', 1);
}

function tooLarge(maxBytes: number): Problem {
  return { status: 413, title: 'Content Too Large', detail: `At most ${maxBytes} bytes are taken here.` };
}

function channelRequest(request: Request, path: LinePath, body: Buffer, signal: AbortSignal): ChannelRequest {
  const headers: Record<string, string | undefined> = Object.create(null) as Record<
    string,
    string | undefined
  >;
  for (const [name, values] of Object.entries(request.headersDistinct)) headers[name] = values?.join(', ');
  return {
    method: request.method,
    path: path.rest,
    query: path.query,
    headers,
    body,
    remoteAddress: request.ip ?? '',
    signal,
  };
}

async function inTime(reply: Promise<ChannelReply>, ms: number): Promise<ChannelReply | 'late'> {
  const { promise, resolve } = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => resolve('late'), ms);
  try {
    return await Promise.race([reply, promise]);
  } finally {
    clearTimeout(timer);
  }
}

async function sendReply(
  response: Response,
  reply: ChannelReply,
  controller: AbortController,
  done: () => void,
  options: ChannelRoutesOptions,
): Promise<void> {
  const { status, headers = {}, body } = reply;
  mustBeSendable(reply);
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
    response.end(body);
    if (!response.writableFinished) response.setTimeout(options.stallMs, () => response.destroy());
    return;
  }
  const announced = Number(response.getHeader('content-length') ?? Number.NaN);
  const isHead = response.req.method === 'HEAD';
  // Sent now: whoever listens to a stream of events waits for this, not for the first event.
  response.flushHeaders();
  // A stream may last for hours; it is not work under way.
  done();
  const send = () =>
    sendStream(response, isHead ? nothing() : body, {
      signal: controller.signal,
      stallMs: options.stallMs,
      ...(Number.isFinite(announced) && !isHead ? { bytes: announced } : {}),
      onError: (error) => options.logger.warn({ error: String(error) }, 'http: an answer broke off'),
    });
  const endless = Number.isNaN(announced);
  await (endless ? options.requests.streaming(controller, send) : send());
}

/** Before any of it is set, so that nothing of a reply that cannot be sent is left in the answer that says so. */
function mustBeSendable({ status, headers = {} }: ChannelReply): void {
  if (!Number.isInteger(status) || status < 200 || status > 599) throw new RangeError(`status ${status}`);
  for (const [name, value] of Object.entries(headers)) {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  }
}

async function* nothing(): AsyncGenerator<string> {
  // No chunks.
}
