import { randomBytes } from 'node:crypto';
import { networkOf } from '../../platform/network-of.ts';
import type { ChannelReply, ChannelRequest } from '../channel.ts';
import { maxTextLength } from './capabilities.ts';
import { eventStream } from './event-stream.ts';
import { fileLink, serveFile } from './file-links.ts';
import { corsHeaders, originAllowed, preflightHeaders } from './origins.ts';
import { chatPage } from './page.ts';
import { Problem } from './problem.ts';
import { RateLimit } from './rate-limit.ts';
import { takeReceipts } from './receipts.ts';
import {
  editRequest,
  endRequest,
  messageRequest,
  reactionRequest,
  readBody,
  receiptsRequest,
  retractRequest,
  typingRequest,
  visitorRequest,
} from './requests.ts';
import { TypingVisitors } from './typing-visitors.ts';
import { takeUpload } from './uploads.ts';
import * as actions from './visitor-actions.ts';
import { VisitorTokens } from './visitor-tokens.ts';
import { WidgetFile } from './widget-file.ts';
import type { WebLine } from './web-line.ts';

const minuteMs = 60_000;
/** Tabs of one visitor that may listen at once. */
const mostStreams = 12;

/** What browsers and other clients see of a line; docs/web-chat.md describes it. */
export class WebApi {
  readonly #web: WebLine;
  readonly #widget = new WidgetFile();
  readonly #tokens: VisitorTokens;
  readonly #typing: TypingVisitors;
  readonly #newVisitors: RateLimit;
  readonly #requests: RateLimit;
  readonly #messages: RateLimit;

  constructor(web: WebLine) {
    const { limits } = web.line.parameters;
    const { clock } = web.host;
    this.#web = web;
    this.#tokens = new VisitorTokens(web);
    this.#typing = new TypingVisitors(web);
    this.#newVisitors = new RateLimit(limits.visitorsPerHour, 60 * minuteMs, clock);
    this.#requests = new RateLimit(limits.requestsPerMinute, minuteMs, clock);
    this.#messages = new RateLimit(limits.messagesPerMinute, minuteMs, clock);
    this.#widget.prepare();
  }

  async receive(request: ChannelRequest): Promise<ChannelReply> {
    const origin = request.headers['origin'];
    const { parameters } = this.#web.line;
    const allowed = originAllowed(
      origin,
      request.headers['host'],
      this.#web.host.publicUrl,
      parameters.allowedOrigins,
    );
    const reply = await this.#answer(request, allowed).catch((error: unknown) => this.#refusal(error));
    const cors = origin !== undefined && allowed ? corsHeaders(origin) : {};
    return { ...reply, headers: { ...safety, ...cors, ...reply.headers, ...merged(reply.headers, cors) } };
  }

  close(): void {
    this.#typing.close();
    this.#web.streams.close();
  }

  async #answer(request: ChannelRequest, originAllowed: boolean): Promise<ChannelReply> {
    this.#requests.mustHave(networkOf(request.remoteAddress));
    const { method, path } = request;
    if (method === 'GET' || method === 'HEAD') {
      const page = await this.#openToAll(request);
      if (page !== undefined) return method === 'HEAD' ? withoutBody(page) : page;
    }
    if (!originAllowed) throw new Problem(403, 'This site may not use this chat.');
    if (method === 'OPTIONS') {
      return { status: 204, headers: preflightHeaders(request.headers['origin'] ?? '*') };
    }
    const [, first = '', second, third] = path.split('/');
    const route = `${method} /${[first, second === undefined ? [] : '*', third ?? []].flat().join('/')}`;
    switch (route) {
      case 'GET /config':
        return json(200, this.#config());
      case 'POST /visitors':
        return this.#newVisitor(request);
      default:
        return this.#ofVisitor(route, second ?? '', request);
    }
  }

  /** What any page may load: the widget itself, the hosted page, and files by their links. */
  async #openToAll(request: ChannelRequest): Promise<ChannelReply | undefined> {
    const { path, headers } = request;
    const { line, host } = this.#web;
    if (path === '/widget.js') return this.#widget.serve(headers);
    if (path === '/chat') return chatPage(this.#title(), line.parameters.allowedOrigins);
    if (path === '' || path === '/') {
      return { status: 302, headers: { location: `${new URL(host.publicUrl).pathname}/chat` } };
    }
    if (path.startsWith('/files/'))
      return serveFile(this.#web, path.slice('/files/'.length), headers['range']);
    return undefined;
  }

  async #newVisitor(request: ChannelRequest): Promise<ChannelReply> {
    const about = readBody(visitorRequest, request.body, request.headers['content-type']);
    this.#newVisitors.mustHave(networkOf(request.remoteAddress));
    const visitor = randomBytes(16).toString('base64url');
    const client = clientOf(request.headers['user-agent']);
    await this.#web.log.create(visitor, { ...about, ...(client === undefined ? {} : { client }) });
    return json(201, this.#tokens.issue(visitor));
  }

  async #ofVisitor(route: string, target: string, request: ChannelRequest): Promise<ChannelReply> {
    const web = this.#web;
    const handlers: Readonly<Record<string, (visitor: string) => Promise<ChannelReply>>> = {
      'GET /events': (visitor) => this.#events(visitor, request),
      'POST /messages': (visitor) =>
        this.#act(visitor, () => actions.post(web, visitor, read(messageRequest))),
      'POST /messages/*/edit': (visitor) =>
        this.#act(visitor, () => actions.edit(web, visitor, target, read(editRequest))),
      'POST /messages/*/retraction': (visitor) =>
        this.#act(visitor, () => actions.retract(web, visitor, target, read(retractRequest))),
      'POST /messages/*/reaction': (visitor) =>
        this.#act(visitor, () => actions.react(web, visitor, target, read(reactionRequest))),
      'PUT /files': async (visitor) => {
        this.#messages.mustHave(visitor);
        return takeUpload(web, visitor, request);
      },
      'POST /typing': async (visitor) => {
        this.#typing.set(visitor, read(typingRequest).active);
        return { status: 204 };
      },
      'POST /receipts': async (visitor) => {
        await takeReceipts(web, visitor, read(receiptsRequest));
        return { status: 204 };
      },
      'POST /end': (visitor) => this.#act(visitor, () => actions.end(web, visitor, read(endRequest))),
    };
    const read = <T>(schema: Parameters<typeof readBody<T>>[0]): T =>
      readBody(schema, request.body, request.headers['content-type']);
    const handler = Object.hasOwn(handlers, route) ? handlers[route] : undefined;
    if (handler === undefined) throw new Problem(404, 'There is nothing here.');
    return handler(await this.#tokens.visitorOf(request.headers['authorization']));
  }

  async #act(visitor: string, action: () => Promise<actions.Done>): Promise<ChannelReply> {
    this.#messages.mustHave(visitor);
    return json(200, await action());
  }

  async #events(visitor: string, request: ChannelRequest): Promise<ChannelReply> {
    if (this.#web.streams.count(visitor) >= mostStreams) {
      throw new Problem(429, 'Too many tabs are open.', { retryAfterSeconds: 30 });
    }
    const after = request.headers['last-event-id'] ?? new URLSearchParams(request.query).get('after') ?? '0';
    if (!/^\d{1,15}$/.test(after)) throw Problem.field('last-event-id', 'Expected the id of an event');
    const token = this.#tokens.renewal(request.headers['authorization']);
    return {
      status: 200,
      headers: { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' },
      body: eventStream(
        {
          log: this.#web.log,
          streams: this.#web.streams,
          clock: this.#web.host.clock,
          link: (sequence) => fileLink(this.#web, visitor, sequence),
        },
        visitor,
        { after: Number(after), signal: request.signal, ...(token === undefined ? {} : { token }) },
      ),
    };
  }

  #title(): string {
    return this.#web.line.parameters.title ?? this.#web.line.displayName;
  }

  #config(): object {
    const { welcome, accent, askFor, maxFileBytes } = this.#web.line.parameters;
    return { title: this.#title(), welcome, accent, askFor, maxFileBytes, maxTextLength };
  }

  #refusal(error: unknown): ChannelReply {
    if (error instanceof Problem) return error.toReply();
    this.#web.host.logger.error({ err: error }, 'a request of the web chat could not be served');
    return new Problem(503, 'Not at the moment.', { retryAfterSeconds: 5 }).toReply();
  }
}

const safety: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
};

/** Both the reply and the CORS rules may have something that it varies by. */
function merged(
  reply: ChannelReply['headers'],
  cors: Readonly<Record<string, string>>,
): Record<string, string> {
  const vary = [reply?.['vary'], cors['vary']].filter((each) => each !== undefined);
  return vary.length === 0 ? {} : { vary: [...new Set(vary)].join(', ') };
}

function json(status: number, body: object): ChannelReply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

function withoutBody(reply: ChannelReply): ChannelReply {
  const { body, ...rest } = reply;
  if (body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array)) {
    const iterator = body[Symbol.asyncIterator]();
    iterator.return?.().catch(() => undefined);
  }
  return rest;
}

/** The browser, as it calls itself. */
function clientOf(userAgent: string | undefined): string | undefined {
  const client = userAgent?.replace(/\p{C}/gu, ' ').trim().slice(0, 300);
  return client === undefined || client === '' ? undefined : client;
}
