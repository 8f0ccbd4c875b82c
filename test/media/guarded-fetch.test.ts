import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { brotliCompressSync, createGzip, gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createGuardedFetch, type GuardedFetch } from '../../src/media/guarded-fetch.ts';
import { guardedLookup, type ResolvedAddress, type Resolver } from '../../src/media/guarded-lookup.ts';
import { MediaError } from '../../src/media/media-error.ts';
import { isPublicAddress } from '../../src/media/public-address.ts';
import { silentLogger } from '../../src/platform/log.ts';

const v4 = (address: string): ResolvedAddress => ({ address, family: 4 });
const v6 = (address: string): ResolvedAddress => ({ address, family: 6 });
const names: Readonly<Record<string, readonly ResolvedAddress[]>> = {
  localhost: [v6('::1'), v4('127.0.0.1')],
  'internal.example': [v4('10.1.2.3')],
  'loopback.example': [v4('127.0.0.1')],
  'loopback6.example': [v6('::1')],
  'mapped.example': [v6('::ffff:127.0.0.1')],
  'mixed.example': [v4('93.184.215.14'), v4('127.0.0.1')],
  'metadata.google.internal': [v4('169.254.169.254')],
  'zero.example': [v4('0.0.0.0')],
  'unique-local.example': [v6('fd00::1')],
  'nat64.example': [v6('64:ff9b::7f00:1')],
  'nowhere.example': [],
};
const resolver: Resolver = async (name) => {
  const found = names[name.replace(/\.$/, '')];
  if (found === undefined) throw Object.assign(new Error('ENOTFOUND'), { code: 'ENOTFOUND' });
  return found;
};

async function failureOf(promise: Promise<unknown>): Promise<MediaError> {
  const error: unknown = await promise.then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(MediaError);
  return error as MediaError;
}

describe('createGuardedFetch against hostile URLs', () => {
  let connections = 0;
  // Listens on IPv4 and IPv6 loopback; whatever reaches it was let through.
  const listener = createTcpServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  let port = 0;
  let fetch: GuardedFetch;

  beforeAll(async () => {
    await new Promise<void>((resolve) => listener.listen({ host: '::', port: 0, ipv6Only: false }, resolve));
    port = (listener.address() as AddressInfo).port;
    // As lax as an operator can make it, so that only the rule under test stands between.
    fetch = createGuardedFetch({ allowHttp: true, ports: [80, 443, port], resolver, logger: silentLogger });
  });
  afterAll(async () => {
    await fetch.close();
    await new Promise((resolve) => listener.close(resolve));
  });
  beforeEach(() => {
    connections = 0;
  });

  const hosts = [
    '127.0.0.1',
    '127.1',
    '127.0.1',
    '127.255.255.254',
    '2130706433',
    '0x7f000001',
    '0x7f.1',
    '0177.0.0.1',
    '017700000001',
    '127.0.0.1.',
    '0',
    '0.0.0.0',
    '0x0',
    '[::1]',
    '[::]',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
    '[::ffff:0:127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[64:ff9b:1::7f00:1]',
    '[2002:7f00:1::]',
    '[2001:0:7f00:1::]',
    '[fe80::1]',
    '[fec0::1]',
    '[fc00::1]',
    '[fd12:3456::1]',
    '[ff02::1]',
    '[2001:db8::1]',
    '[100::1]',
    '10.0.0.1',
    '10.255.255.255',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '100.64.0.1',
    '100.127.255.255',
    '169.254.169.254',
    '2852039166',
    '0xa9fea9fe',
    '192.0.0.192',
    '192.0.2.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    '168.63.129.16',
    '①②⑦.⓪.⓪.①',
    '１２７.0.0.1',
    '127。0。0。1',
    'localhost',
    'LOCALHOST',
    'localhost.',
    'internal.example',
    'loopback.example',
    'loopback6.example',
    'mapped.example',
    'mixed.example',
    'metadata.google.internal',
    'zero.example',
    'unique-local.example',
    'nat64.example',
  ];

  it.each(hosts)('refuses http://%s', async (host) => {
    expect((await failureOf(fetch(`http://${host}:${port}/x`))).failure).toBe('refused');
    expect((await failureOf(fetch(`https://${host}/x`))).failure).toBe('refused');
    expect(connections).toBe(0);
  });

  it.each([
    ['a user name', 'http://user@93.184.215.14/'],
    ['a user name that looks like a host', 'http://example.org@127.0.0.1/'],
    ['a password', 'https://:x@93.184.215.14/'],
    ['another port', 'http://93.184.215.14:22/'],
    ['a database port', 'https://93.184.215.14:5432/'],
    ['file', 'file:///etc/passwd'],
    ['ftp', 'ftp://93.184.215.14/x'],
    ['gopher', 'gopher://127.0.0.1:25/_x'],
    ['data', 'data:text/plain,x'],
    ['no host', 'http://'],
    ['nothing', ''],
    ['a path', '/etc/passwd'],
    ['10 KB', `http://93.184.215.14/${'a'.repeat(10_000)}`],
  ])('refuses %s', async (_what, url) => {
    expect((await failureOf(fetch(url))).failure).toBe('refused');
    expect(connections).toBe(0);
  });

  it('takes only https unless told otherwise', async () => {
    const strict = createGuardedFetch({ resolver, logger: silentLogger });
    expect((await failureOf(strict('http://93.184.215.14/'))).failure).toBe('refused');
    await strict.close();
  });

  it('says so when a name is not known', async () => {
    for (const name of ['unknown.example', 'nowhere.example']) {
      expect((await failureOf(fetch(`http://${name}/`))).failure).toBe('unreachable');
    }
  });

  it('connects to the very addresses that it checked, asking once', async () => {
    const answers = [[v4('93.184.215.14')], [v4('127.0.0.1')]];
    let asked = 0;
    const rebinding: Resolver = async () => answers[asked++] ?? [];
    const lookup = guardedLookup(rebinding);
    const ask = (all: boolean): Promise<unknown> =>
      new Promise((resolve) =>
        lookup('rebind.example', { all }, (error, address) => resolve(error ?? address)),
      );
    expect(await ask(true)).toEqual([v4('93.184.215.14')]);
    expect(asked).toBe(1);
    expect(await ask(false)).toBeInstanceOf(MediaError);
  });

  it.each(['8.8.8.8', '93.184.215.14', '2606:4700::1111', '2a00:1450:4001:82a::200e'])(
    '%s is public',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );
});

describe('createGuardedFetch with real answers', () => {
  const fetch = createGuardedFetch({ resolver, logger: silentLogger });
  const servers: Server[] = [];
  afterEach(async () => {
    await Promise.all(
      servers.splice(0).map(async (server) => {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }),
    );
  });
  afterAll(() => fetch.close());

  async function serve(answer: RequestListener): Promise<string> {
    const server = createServer(answer);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  const trusting = (...origins: string[]): { trustedOrigins: string[] } => ({ trustedOrigins: origins });

  it('gives the bytes, type, size and name from an origin that the operator trusts', async () => {
    const origin = await serve((_request, response) => {
      response.setHeader('content-type', 'image/png');
      response.setHeader('content-disposition', 'attachment; filename="../plan.png"');
      response.setHeader('content-length', 3);
      response.end('abc');
    });
    const media = await fetch(`${origin}/x`, trusting(origin));
    expect(media).toMatchObject({ mimeType: 'image/png', sizeBytes: 3, fileName: 'plan.png' });
    expect((await buffer(media.stream)).toString()).toBe('abc');
  });

  it('does not trust another port of the same host', async () => {
    const trusted = await serve((_request, response) => response.end());
    const other = await serve((_request, response) => response.end());
    expect((await failureOf(fetch(other, trusting(trusted)))).failure).toBe('refused');
  });

  it.each([
    'http://169.254.169.254/latest/meta-data/',
    'http://[::1]/',
    'https://localhost/',
    'file:///etc/passwd',
    '//10.0.0.1/',
    'https://u@example.org/',
  ])('does not follow a redirect to %s', async (location) => {
    const origin = await serve((_request, response) => response.writeHead(302, { location }).end());
    expect((await failureOf(fetch(origin, trusting(origin)))).failure).toBe('refused');
  });

  it('does not follow a redirect to a private server that is really there', async () => {
    let asked = 0;
    const secret = await serve((_request, response) => {
      asked += 1;
      response.end();
    });
    const origin = await serve((_request, response) => response.writeHead(302, { location: secret }).end());
    expect((await failureOf(fetch(origin, trusting(origin)))).failure).toBe('refused');
    expect(asked).toBe(0);
  });

  it('follows five redirects and not six', async () => {
    const origin = await serve((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) response.end('there');
      else response.writeHead(307, { location: `/${left - 1}` }).end('gone');
    });
    expect((await buffer((await fetch(`${origin}/5`, trusting(origin))).stream)).toString()).toBe('there');
    expect((await failureOf(fetch(`${origin}/6`, trusting(origin)))).message).toMatch(/redirects/);
  });

  it('sends headers to the first origin only, or to those that are named', async () => {
    const seen: (string | undefined)[] = [];
    const note = (request: IncomingMessage): number => seen.push(request.headers.authorization);
    const second = await serve((request, response) => {
      note(request);
      response.end();
    });
    const first = await serve((request, response) => {
      note(request);
      response.writeHead(302, { location: second }).end();
    });
    const options = { headers: { authorization: 'Basic x' }, ...trusting(first, second) };
    await buffer((await fetch(first, options)).stream);
    expect(seen.splice(0)).toEqual(['Basic x', undefined]);
    await buffer((await fetch(first, { ...options, headersFor: [first, second] })).stream);
    expect(seen.splice(0)).toEqual(['Basic x', 'Basic x']);
    await buffer((await fetch(first, { ...options, headersFor: [second] })).stream);
    expect(seen.splice(0)).toEqual([undefined, 'Basic x']);
  });

  it('puts a file where it is trusted, follows no redirect with it, and lets go of what it does not send', async () => {
    const taken: string[] = [];
    const origin = await serve((request, response) => {
      if (request.url === '/elsewhere') response.writeHead(307, { location: '/there' }).end();
      else
        void buffer(request).then((bytes) => {
          taken.push(`${request.method} ${request.url} ${bytes.toString()}`);
          response.writeHead(201).end();
        });
    });
    const put = (body: Readable) => ({ method: 'PUT', body, ...trusting(origin) }) as const;
    await fetch(`${origin}/there`, put(Readable.from(['some ', 'words'])));
    expect(taken).toEqual(['PUT /there some words']);
    expect((await failureOf(fetch(`${origin}/elsewhere`, put(Readable.from(['words']))))).status).toBe(307);
    const kept = Readable.from(['words']);
    const refused = fetch(`${origin}/there`, { method: 'PUT', body: kept, anyPort: true });
    expect((await failureOf(refused)).failure).toBe('refused');
    expect([taken.length, kept.destroyed]).toEqual([1, true]);
  });

  it('stops at the limit: told, untold, and inside a small file that unpacks to a large one', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    const origin = await serve((request, response) => {
      if (request.url === '/told') response.setHeader('content-length', 2000).end(Buffer.alloc(2000));
      else if (request.url === '/untold')
        Readable.from([Buffer.alloc(600), Buffer.alloc(600)]).pipe(response);
      else response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
    });
    const options = { maxBytes: 1000, ...trusting(origin) };
    expect((await failureOf(fetch(`${origin}/told`, options))).failure).toBe('tooLarge');
    for (const path of ['/untold', '/bomb']) {
      const { stream } = await fetch(origin + path, options);
      expect((await failureOf(buffer(stream))).failure).toBe('tooLarge');
    }
    expect(bomb.length).toBeLessThan(60_000);
  });

  it('stops reading a compressed flow without end soon after the limit', async () => {
    let sent = 0;
    const origin = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      const zeros = Readable.from(
        (function* () {
          for (;;) {
            sent += 65_536;
            yield Buffer.alloc(65_536);
          }
        })(),
      );
      const zipped = zeros.pipe(createGzip());
      zipped.pipe(response);
      response.on('close', () => zeros.destroy());
    });
    const { stream } = await fetch(origin, { maxBytes: 10_000_000, ...trusting(origin) });
    expect((await failureOf(buffer(stream))).failure).toBe('tooLarge');
    expect(sent).toBeLessThan(2_000_000_000);
  });

  it('unpacks what a server compressed unasked', async () => {
    const origin = await serve((request, response) => {
      const brotli = request.url === '/br';
      response.setHeader('content-encoding', brotli ? 'br' : 'gzip');
      response.end(brotli ? brotliCompressSync('hello') : gzipSync('hello'));
    });
    for (const path of ['/br', '/gzip']) {
      const media = await fetch(origin + path, trusting(origin));
      expect(media.sizeBytes).toBeUndefined();
      expect((await buffer(media.stream)).toString()).toBe('hello');
    }
  });

  it('gives up where nothing comes: no answer, or a body that stops', async () => {
    const origin = await serve((request, response) => {
      if (request.url === '/stops') response.writeHead(200, { 'content-length': 100 }).write('some');
    });
    const options = { timeoutMs: 200, ...trusting(origin) };
    expect((await failureOf(fetch(`${origin}/silent`, options))).failure).toBe('timeout');
    // On a busy machine even the beginning of the answer may come too late.
    const stopping = fetch(`${origin}/stops`, options).then(async ({ stream }) => buffer(stream));
    await expect(stopping).rejects.toThrow();
  });

  it.each([
    [404, false],
    [403, false],
    [429, true],
    [503, true],
  ])('says what the server answered: %d', async (status, retryable) => {
    const origin = await serve((_request, response) =>
      response.writeHead(status, { 'retry-after': '7' }).end('no'),
    );
    const error = await failureOf(fetch(`${origin}/path?token=secret`, trusting(origin)));
    expect(error).toMatchObject({ failure: 'status', status, retryable, retryAfter: '7' });
    expect(error.message).not.toMatch(/secret|path/);
  });

  it('says so when nobody listens', async () => {
    const origin = await serve((_request, response) => response.end());
    const [server] = servers.splice(0);
    await new Promise((resolve) => server?.close(resolve));
    expect(await failureOf(fetch(origin, trusting(origin)))).toMatchObject({
      failure: 'unreachable',
      retryable: true,
    });
  });
});
