import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import twilio from 'twilio';

export interface TwilioOptions {
  /** `AC` and 32 hexadecimal digits. */
  readonly accountSid: string;
  readonly authToken: string;
  readonly apiKey?: { readonly sid: string; readonly secret: string };
  /** Where customers' messages go: the line's public URL. Can be set later. */
  readonly webhookUrl?: string;
  /** Whether messages that were taken become `sent` and `delivered` by themselves. Default true. */
  readonly delivers?: boolean;
}

export interface SentMessage {
  readonly sid: string;
  readonly to: string;
  readonly from: string;
  readonly body: string;
  /** As Twilio fetched it from our links. */
  readonly media: readonly { readonly url: string; readonly bytes: Uint8Array; readonly mimeType: string }[];
  /** All parameters of the request. */
  readonly parameters: URLSearchParams;
  readonly createdAt: number;
}

/** How the API misbehaves from now on: an error answer, or no answer before or after the message was taken. */
export type TwilioFault =
  | { readonly status: number; readonly code?: number; readonly retryAfter?: string }
  | 'silent-before'
  | 'silent-after';

export interface CustomerMessage {
  readonly from: string;
  readonly to: string;
  readonly body?: string;
  readonly media?: readonly { readonly bytes: Uint8Array; readonly mimeType: string }[];
  /** Further parameters, as WhatsApp or Advanced Opt-Out have them. */
  readonly more?: Readonly<Record<string, string>>;
  /** To send the same message once more. */
  readonly sid?: string;
}

export interface Taken {
  readonly sid: string;
  /** What the webhook answered. */
  readonly status: number;
}

export interface Twilio {
  /** `apiBaseUrl` of a line. */
  readonly baseUrl: string;
  /** The origin to which media redirects, as Twilio does to its store. */
  readonly mediaOrigin: string;
  webhookUrl: string;
  customerSends(message: CustomerMessage): Promise<Taken>;
  sent(): readonly SentMessage[];
  /** Reports a status of one of our messages to its StatusCallback; resolves with what that answered. */
  report(sid: string, status: string, more?: Readonly<Record<string, string>>): Promise<number>;
  /** Applies to creating messages until it is taken back with `undefined`. */
  fail(fault: TwilioFault | undefined): void;
  /** Requests that came, `METHOD path`, for those who count them. */
  readonly requests: readonly string[];
  /** Connections on which the API was called and that are still open; those for media are not counted. */
  openConnections(): number;
  close(): Promise<void>;
}

/**
 * A stand-in for Twilio's messaging API, not Twilio: it follows Twilio's documents in what a line uses (Basic auth, form
 * fields, JSON answers and errors, signed webhooks and status callbacks, media behind a redirect). Signatures are made by
 * Twilio's own npm package. `POST /stand-in/customer-sends` (From, To, Body) plays a customer for `curl`.
 */
export async function startTwilio(options: TwilioOptions): Promise<Twilio> {
  const { accountSid, authToken } = options;
  const sent: SentMessage[] = [];
  const statuses = new Map<string, string>();
  const files = new Map<string, { readonly bytes: Uint8Array; readonly mimeType: string }>();
  const requests: string[] = [];
  const background = new Set<Promise<unknown>>();
  let fault: TwilioFault | undefined;
  const connections = new Set<Socket>();
  let closing = false;
  const account = `/2010-04-01/Accounts/${accountSid}`;

  const keepUntilDone = (work: Promise<unknown>): void => {
    const kept = work.catch(() => undefined).finally(() => background.delete(kept));
    background.add(kept);
  };

  /** The store behind the redirect refuses whoever shows Twilio's credentials, as a signed URL of S3 does. */
  const store = await listen((request, response) => {
    const file = files.get((request.url ?? '').slice(1));
    if (request.headers.authorization !== undefined) response.writeHead(400).end('two ways to sign in');
    else if (file === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': file.mimeType }).end(file.bytes);
  });

  const api = await listen(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://stand-in');
    requests.push(`${request.method ?? ''} ${url.pathname}`);
    const body = new URLSearchParams(Buffer.concat((await request.toArray()) as Buffer[]).toString());
    if (url.pathname === '/stand-in/customer-sends') {
      const taken = await customerSends({
        from: body.get('From') ?? '+15552229999',
        to: body.get('To') ?? '+15551110000',
        body: body.get('Body') ?? '',
      });
      json(response, 200, taken);
      return;
    }
    if (!mayEnter(request.headers.authorization, options)) {
      error(response, 401, 20003, 'Authenticate');
      return;
    }
    const [, mediaSid] = /\/Messages\/MM[0-9a-f]+\/Media\/(ME[0-9a-f]+)$/.exec(url.pathname) ?? [];
    if (mediaSid !== undefined) {
      response.writeHead(307, { location: `${store.origin}/${mediaSid}` }).end();
      return;
    }
    if (!connections.has(request.socket)) {
      connections.add(request.socket);
      request.socket.once('close', () => connections.delete(request.socket));
    }
    if (url.pathname === `${account}.json`) json(response, 200, { sid: accountSid, status: 'active' });
    else if (url.pathname !== `${account}/Messages.json`) error(response, 404, 20404, 'Not found');
    else if (request.method === 'GET') json(response, 200, listOf(url.searchParams));
    else await create(body, request, response);
  });

  function listOf(query: URLSearchParams): object {
    const fitting = sent.filter(({ to }) => to === (query.get('To') ?? to)).reverse();
    return { messages: fitting.slice(0, Number(query.get('PageSize') ?? 50)).map(resource), page: 0 };
  }

  function resource(message: SentMessage): object {
    const date = new Date(message.createdAt).toUTCString().replace('GMT', '+0000');
    return {
      account_sid: accountSid,
      api_version: '2010-04-01',
      body: message.body,
      date_created: date,
      date_sent: null,
      date_updated: date,
      direction: 'outbound-api',
      error_code: null,
      error_message: null,
      from: message.from,
      messaging_service_sid: message.parameters.get('MessagingServiceSid'),
      num_media: String(message.media.length),
      num_segments: '1',
      price: null,
      price_unit: 'USD',
      sid: message.sid,
      status: statuses.get(message.sid) ?? 'queued',
      subresource_uris: { media: `${account}/Messages/${message.sid}/Media.json` },
      to: message.to,
      uri: `${account}/Messages/${message.sid}.json`,
    };
  }

  async function create(
    body: URLSearchParams,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    if (fault === 'silent-before') {
      request.socket.destroy();
      return;
    }
    if (typeof fault === 'object') {
      const headers = fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter };
      error(response, fault.status, fault.code, `To ${body.get('To') ?? ''} failed`, headers);
      return;
    }
    const wrong = faultOf(body);
    if (wrong !== undefined) {
      error(response, 400, ...wrong);
      return;
    }
    const media = await Promise.all(body.getAll('MediaUrl').map(fetchLink));
    if (media.includes(undefined)) {
      error(response, 400, 21620, 'Invalid media URL');
      return;
    }
    const sid = `${media.length > 0 ? 'MM' : 'SM'}${randomBytes(16).toString('hex')}`;
    const message: SentMessage = {
      sid,
      to: body.get('To') ?? '',
      from: body.get('From') ?? '+15550009999',
      body: body.get('Body') ?? '',
      media: media.filter((each) => each !== undefined),
      parameters: body,
      createdAt: Date.now(),
    };
    sent.push(message);
    statuses.set(sid, body.has('MessagingServiceSid') ? 'accepted' : 'queued');
    if (fault === 'silent-after') request.socket.destroy();
    else json(response, 201, resource(message));
    if (options.delivers ?? true) keepUntilDone(deliver(sid));
  }

  async function deliver(sid: string): Promise<void> {
    for (const status of ['sent', 'delivered']) {
      if (closing) return;
      await report(sid, status);
    }
  }

  async function callBack(url: string, fields: Readonly<Record<string, string>>): Promise<number> {
    const signature = twilio.getExpectedTwilioSignature(authToken, url, fields);
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
        'x-twilio-signature': signature,
        'user-agent': 'TwilioProxy/1.1',
      },
      body: new URLSearchParams(fields).toString(),
    });
    await response.text();
    return response.status;
  }

  async function report(
    sid: string,
    status: string,
    more: Readonly<Record<string, string>> = {},
  ): Promise<number> {
    const message = sent.find((each) => each.sid === sid);
    const url = message?.parameters.get('StatusCallback');
    if (message === undefined || url === null || url === undefined)
      throw new Error(`no StatusCallback for ${sid}`);
    statuses.set(sid, status);
    return callBack(url, {
      MessageSid: sid,
      SmsSid: sid,
      MessageStatus: status,
      SmsStatus: status,
      To: message.to,
      From: message.from,
      AccountSid: accountSid,
      ApiVersion: '2010-04-01',
      ...more,
    });
  }

  async function customerSends(message: CustomerMessage): Promise<Taken> {
    const media = message.media ?? [];
    const sid = message.sid ?? `${media.length > 0 ? 'MM' : 'SM'}${randomBytes(16).toString('hex')}`;
    const attached = media.map((file, index) => {
      const mediaSid = `ME${randomBytes(16).toString('hex')}`;
      files.set(mediaSid, file);
      const url = `${api.origin}${account}/Messages/${sid.replace(/^SM/, 'MM')}/Media/${mediaSid}`;
      return { [`MediaUrl${index}`]: url, [`MediaContentType${index}`]: file.mimeType };
    });
    const fields: Record<string, string> = {
      ToCountry: 'US',
      FromCountry: 'US',
      SmsMessageSid: sid,
      SmsSid: sid,
      MessageSid: sid,
      AccountSid: accountSid,
      From: message.from,
      To: message.to,
      Body: message.body ?? '',
      NumMedia: String(media.length),
      NumSegments: '1',
      SmsStatus: 'received',
      ApiVersion: '2010-04-01',
      ...message.more,
    };
    return {
      sid,
      status: await callBack(peer.webhookUrl, Object.assign(fields, ...attached) as typeof fields),
    };
  }

  const peer: Twilio = {
    baseUrl: api.origin,
    mediaOrigin: store.origin,
    webhookUrl: options.webhookUrl ?? 'http://127.0.0.1:9/no-webhook-was-set',
    customerSends,
    sent: () => sent,
    report,
    fail: (next) => {
      fault = next;
    },
    requests,
    openConnections: () => connections.size,
    async close() {
      closing = true;
      await Promise.all(background);
      await Promise.all([api.close(), store.close()]);
    },
  };
  return peer;
}

/** What Twilio itself checks before it takes a message. */
function faultOf(body: URLSearchParams): [number, string] | undefined {
  const to = body.get('To') ?? '';
  if (!/^(?:\+[1-9]\d{6,14}|whatsapp:\+\d+|\d{3,8})$/.test(to))
    return [21211, `The 'To' number ${to} is not valid.`];
  if (!body.has('From') && !body.has('MessagingServiceSid')) return [21603, "A 'From' number is required."];
  if (!body.has('Body') && !body.has('MediaUrl') && !body.has('ContentSid'))
    return [21602, 'Message body is required.'];
  if (Array.from(body.get('Body') ?? '').length > 1600)
    return [21617, 'The message body exceeds 1600 characters.'];
  return undefined;
}

/** As Twilio does: asks for the headers first, then for the bytes. */
async function fetchLink(url: string): Promise<SentMessage['media'][number] | undefined> {
  try {
    const head = await fetch(url, { method: 'HEAD' });
    const response = await fetch(url);
    const mimeType = head.headers.get('content-type');
    if (!head.ok || !response.ok || mimeType === null) return undefined;
    return { url, bytes: new Uint8Array(await response.arrayBuffer()), mimeType };
  } catch {
    return undefined;
  }
}

function mayEnter(header: string | undefined, { accountSid, authToken, apiKey }: TwilioOptions): boolean {
  const basic = (user: string, password: string): string =>
    `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  return (
    header === basic(accountSid, authToken) ||
    (apiKey !== undefined && header === basic(apiKey.sid, apiKey.secret))
  );
}

function json(response: ServerResponse, status: number, content: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
}

function error(
  response: ServerResponse,
  status: number,
  code: number | undefined,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const more = code === undefined ? {} : { code, more_info: `https://www.twilio.com/docs/errors/${code}` };
  response
    .writeHead(status, { 'content-type': 'application/json', ...headers })
    .end(JSON.stringify({ ...more, message, status }));
}

async function listen(handle: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>) {
  const server = createServer((request, response) => {
    Promise.resolve()
      .then(() => handle(request, response))
      .catch(() => response.destroy());
  });
  // As Twilio's: one that closes just as a slow client sends on it would make every such message unclear.
  server.keepAliveTimeout = 600_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    server,
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
