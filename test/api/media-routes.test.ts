import { Readable } from 'node:stream';
import { afterEach, expect, it } from 'vitest';
import { ChannelError, type OpenMedia } from '../../src/channels/channel.ts';
import { StoreUnavailable } from '../../src/store/store.ts';
import { startServer, until, type RunningServer } from './http-fixture.ts';

let running: RunningServer | undefined;
afterEach(() => running?.stop());

async function start(
  open: (token: string) => Promise<OpenMedia | 'bad' | 'expired'>,
): Promise<RunningServer> {
  running = await startServer(undefined, { openMedia: open });
  return running;
}

const file = (mimeType: string, text = 'content', more: Partial<OpenMedia> = {}): OpenMedia => ({
  stream: Readable.from([Buffer.from(text)]),
  mimeType,
  sizeBytes: Buffer.byteLength(text),
  ...more,
});

it('gives the file with its type, length and name', async () => {
  const tokens: string[] = [];
  const server = await start(async (token) => {
    tokens.push(token);
    return file('image/png', 'pixels', { fileName: 'a "b".png' });
  });
  const response = await fetch(`${server.url}/media/abc_-.DEF`);
  expect(tokens).toEqual(['abc_-.DEF']);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('image/png');
  expect(response.headers.get('content-length')).toBe('6');
  expect(response.headers.get('content-disposition')).toMatch(/^inline/);
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  expect(response.headers.get('content-security-policy')).toContain('sandbox');
  expect(await response.text()).toBe('pixels');
});

it.each(['text/html', 'image/svg+xml', 'application/pdf', 'text/xml', 'application/octet-stream'])(
  'gives %s to be saved, never shown',
  async (mimeType) => {
    const server = await start(async () => file(mimeType));
    const response = await fetch(`${server.url}/media/t`);
    expect(response.headers.get('content-disposition')).toMatch(/^attachment/);
  },
);

it('gives the head alone for HEAD, and closes the file', async () => {
  const media = file('audio/ogg');
  const server = await start(async () => media);
  const response = await fetch(`${server.url}/media/t`, { method: 'HEAD' });
  expect([response.status, response.headers.get('content-length')]).toEqual([200, '7']);
  await until(() => media.stream.destroyed);
});

it.each([
  [404, () => Promise.resolve('bad' as const)],
  [410, () => Promise.resolve('expired' as const)],
  [404, () => Promise.reject(new ChannelError({ kind: 'permanent', certain: true, reason: 'secret' }))],
  [
    503,
    () =>
      Promise.reject(
        new ChannelError({ kind: 'retry', certain: true, reason: 'secret', retryAfterMs: 9000 }),
      ),
  ],
  [503, () => Promise.reject(new StoreUnavailable('secret'))],
  [500, () => Promise.reject(new Error('secret'))],
])('answers %i as a problem without our inside', async (status, open) => {
  const server = await start(open);
  const response = await fetch(`${server.url}/media/t`);
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(response.headers.has('retry-after')).toBe(status === 503);
  expect(await response.text()).not.toContain('secret');
});

it('takes no other method, and nothing below or beside a token', async () => {
  let asked = 0;
  const server = await start(async () => {
    asked += 1;
    return 'bad';
  });
  const post = await fetch(`${server.url}/media/t`, { method: 'POST', body: 'x' });
  expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  for (const path of ['/media', '/media/', '/media/a/b', '/media/%zz']) {
    expect([400, 404]).toContain((await fetch(server.url + path)).status);
  }
  expect(asked).toBe(0);
});

it('cuts a file that breaks off or has another length than announced', async () => {
  const failing = new Readable({ read: () => undefined });
  const cases = [
    file('image/png', 'short', { sizeBytes: 100 }),
    file('image/png', 'much longer', { sizeBytes: 4 }),
    { stream: failing, mimeType: 'image/png' },
  ];
  const server = await start(async () => cases.shift()!);
  for (let at = 0; at < 2; at += 1) {
    await expect(fetch(`${server.url}/media/t`).then((response) => response.text())).rejects.toThrow();
  }
  const broken = fetch(`${server.url}/media/t`).then((response) => response.text());
  failing.push('part');
  await until(() => failing.readableLength === 0);
  failing.destroy(new Error('source lost'));
  await expect(broken).rejects.toThrow();
});

it('closes the file when the peer goes', async () => {
  const stream = new Readable({ read: () => undefined });
  const server = await start(async () => ({ stream, mimeType: 'video/mp4' }));
  const { socket, received } = await server.dial();
  socket.write('GET /media/t HTTP/1.1\r\nHost: x\r\n\r\n');
  stream.push('some');
  await until(() => received().includes('some'));
  socket.destroy();
  await until(() => stream.destroyed);
});
