import { pipeline, Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { Agent, buildConnector, request, type Dispatcher } from 'undici';
import type { Logger } from '../platform/log.ts';
import { fileNameFrom } from './file-name.ts';
import { assertPublicHost, guardedLookup, type Resolver, systemResolver } from './guarded-lookup.ts';
import { MediaError } from './media-error.ts';
import { limitBytes } from './media-limit.ts';
import type { GuardedFetchOptions, OpenMedia, Outgoing } from './open-media.ts';

export interface GuardedFetchSettings {
  /** Whether `http:` will do, for all URLs. Default: only `https:`, and what is among the trusted origins. */
  readonly allowHttp?: boolean;
  /** Ports that may be asked beyond trusted origins. Default 443 and 80. */
  readonly ports?: readonly number[];
  /** Where a request names no limit of its own. Default 100 MiB. */
  readonly maxBytes?: number;
  readonly resolver?: Resolver;
  readonly logger: Logger;
}

export interface GuardedFetch {
  /**
   * Gets what is at a URL that somebody else chose (design, 5.8): no private addresses after DNS, each redirect checked
   * again, sizes counted after decompression. The file has begun to arrive within `timeoutMs` and never pauses longer than
   * that, and all of it is there within thirty times as long, or `wholeTimeoutMs`.
   * @throws {MediaError} and the stream fails with one when the limit is passed underway.
   */
  (url: string, options?: GuardedFetchOptions): Promise<OpenMedia>;
  /** Ends the connections that are kept open for the next request. */
  close(): Promise<void>;
}

const maxRedirects = 5;
const defaultMaxBytes = 100 * 1024 * 1024;
const defaultTimeoutMs = 10_000;
/** A server that sends a byte at a time must not hold us for ever. */
const wholeTimeFactor = 30;

export function createGuardedFetch(settings: GuardedFetchSettings): GuardedFetch {
  const rules = { allowHttp: settings.allowHttp ?? false, ports: new Set(settings.ports ?? [443, 80]) };
  const connector = buildConnector({ lookup: guardedLookup(settings.resolver ?? systemResolver) });
  const guarded = new Agent({
    connect(options, callback) {
      try {
        assertPublicHost(options.hostname);
      } catch (error) {
        callback(error as Error, null);
        return;
      }
      connector(options, callback);
    },
  });
  const unguarded = new Agent();

  const get = async (url: string, options: GuardedFetchOptions = {}): Promise<OpenMedia> => {
    const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
    const wholeTimeoutMs = options.wholeTimeoutMs ?? timeoutMs * wholeTimeFactor;
    const isUpload = options.body instanceof Readable;
    const deadline = new AbortController();
    const timeOut = (): void => {
      deadline.abort(new MediaError('timeout', `no answer within ${timeoutMs} ms`));
    };
    // An answer comes when all is sent; undici sees to it that sending does not stand still.
    let timer = setTimeout(timeOut, isUpload ? wholeTimeoutMs : timeoutMs);
    try {
      const { response, at } = await follow(url, options, timeoutMs, deadline.signal);
      clearTimeout(timer);
      timer = setTimeout(timeOut, wholeTimeoutMs);
      timer.unref();
      return openMedia(response, at, options.maxBytes ?? settings.maxBytes ?? defaultMaxBytes, timer);
    } catch (error) {
      clearTimeout(timer);
      if (options.body instanceof Readable) options.body.destroy();
      const failure = asMediaError(error, deadline.signal);
      settings.logger.debug({ host: hostOf(url), failure: failure.failure }, 'a file was not fetched');
      throw failure;
    }
  };

  async function follow(
    url: string,
    options: GuardedFetchOptions,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<{ response: Dispatcher.ResponseData; at: URL }> {
    let at = parse(url);
    let again = true;
    const first = at.origin;
    const headersFor = options.headersFor?.map((origin) => parse(origin).origin) ?? [first];
    const trusted = options.trustedOrigins?.map((origin) => parse(origin).origin) ?? [];
    const plain = (): Outgoing => ({
      url: at.href,
      method: options.method ?? 'GET',
      ...(options.body === undefined ? {} : { body: options.body }),
      headers: headersFor.includes(at.origin) ? (options.headers ?? {}) : {},
    });
    for (let hop = 0; hop <= maxRedirects; hop += 1) {
      if (options.send !== undefined && at.origin !== first)
        throw new MediaError('refused', `redirects to another host (${at.hostname})`);
      const outgoing: Outgoing = options.send?.(at.href, again) ?? plain();
      at = parse(outgoing.url);
      const isTrusted = trusted.includes(at.origin);
      assertAllowed(at, isTrusted, { ...rules, anyPort: options.anyPort === true });
      const response: Dispatcher.ResponseData = await request(at, {
        dispatcher: isTrusted ? unguarded : guarded,
        method: outgoing.method,
        headers: { ...outgoing.headers, 'accept-encoding': 'identity' },
        ...(outgoing.body === undefined ? {} : { body: outgoing.body }),
        signal,
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
      });
      const { location } = response.headers;
      if (
        options.method !== 'POST' &&
        options.method !== 'PUT' &&
        response.statusCode >= 300 &&
        response.statusCode < 400 &&
        typeof location === 'string'
      ) {
        discard(response.body);
        again = again && (response.statusCode === 307 || response.statusCode === 308);
        at = parse(location, at);
      } else if (response.statusCode >= 200 && response.statusCode < 300) {
        return { response, at };
      } else {
        discard(response.body);
        throw new MediaError('status', `${at.hostname} answered ${response.statusCode}`, {
          status: response.statusCode,
          retryAfter: oneHeader(response.headers, 'retry-after'),
        });
      }
    }
    throw new MediaError('refused', `more than ${maxRedirects} redirects`);
  }

  const close = async (): Promise<void> => {
    await Promise.all([guarded.close(), unguarded.close()]);
  };
  return Object.assign(get, { close });
}

function parse(url: string, base?: URL): URL {
  const parsed = url.length <= 8192 ? URL.parse(url, base?.href) : null;
  if (parsed === null) throw new MediaError('refused', 'this is not a URL');
  return parsed;
}

function hostOf(url: string): string | undefined {
  return URL.parse(url)?.hostname;
}

function assertAllowed(
  url: URL,
  trusted: boolean,
  rules: { readonly allowHttp: boolean; readonly ports: ReadonlySet<number>; readonly anyPort: boolean },
): void {
  const refuse = (why: string): never => {
    throw new MediaError('refused', `${why} (${url.hostname})`);
  };
  if (url.protocol !== 'https:' && url.protocol !== 'http:') refuse(`${url.protocol} is not fetched`);
  if (url.username !== '' || url.password !== '') refuse('a URL with a user name is not fetched');
  if (trusted) return;
  if (url.protocol === 'http:' && !rules.allowHttp) refuse('http: is not fetched, only https:');
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  if (!rules.anyPort && !rules.ports.has(port)) refuse(`port ${port} is not asked`);
  assertPublicHost(url.hostname);
}

function discard(body: Readable): void {
  body.on('error', () => undefined);
  body.destroy();
}

function oneHeader(headers: Dispatcher.ResponseData['headers'], name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

function openMedia(
  response: Dispatcher.ResponseData,
  url: URL,
  maxBytes: number,
  timer: NodeJS.Timeout,
): OpenMedia {
  const header = (name: string): string | undefined => oneHeader(response.headers, name);
  const encoding = header('content-encoding')?.trim().toLowerCase() ?? 'identity';
  const decoder = Object.hasOwn(decoders, encoding) ? decoders[encoding] : undefined;
  const length = header('content-length');
  const sizeBytes =
    decoder === undefined && length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : undefined;
  const stop = (error: MediaError): never => {
    clearTimeout(timer);
    discard(response.body);
    throw error;
  };
  if (sizeBytes !== undefined && sizeBytes > maxBytes) {
    stop(new MediaError('tooLarge', `${sizeBytes} bytes, at most ${maxBytes} are taken`));
  }
  if (decoder === undefined && encoding !== 'identity' && encoding !== '') {
    stop(new MediaError('refused', `${url.hostname} answered in an unknown encoding`));
  }
  const limit = limitBytes(maxBytes);
  const ended = (): void => {
    clearTimeout(timer);
  };
  const stream =
    decoder === undefined
      ? pipeline(response.body, limit, ended)
      : pipeline(response.body, decoder(), limit, ended);
  const fileName = fileNameFrom(header('content-disposition'), url);
  return {
    stream,
    mimeType: header('content-type')?.trim() ?? 'application/octet-stream',
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    ...(fileName === undefined ? {} : { fileName }),
  };
}

function asMediaError(error: unknown, signal: AbortSignal): MediaError {
  if (error instanceof MediaError) return error;
  if (signal.reason instanceof MediaError) return signal.reason;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (/TIMEOUT|ETIMEDOUT/.test(code))
    return new MediaError('timeout', 'no answer in time', {}, { cause: error });
  return new MediaError(
    'unreachable',
    `no connection${code === '' ? '' : ` (${code})`}`,
    {},
    { cause: error },
  );
}
