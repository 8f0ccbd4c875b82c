import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ChannelError } from '../../../src/channels/channel.ts';
import { limitBytes } from '../../../src/media/media-limit.ts';
import type { OpenMedia } from '../../../src/media/open-media.ts';
import { createMediaToRoom, type MediaToRoom } from '../../../src/matrix/media/media-to-room.ts';
import type { HomeserverClient, MediaUpload } from '../../../src/matrix/transport/homeserver-client.ts';
import { MatrixError } from '../../../src/matrix/transport/matrix-error.ts';
import type { MediaReference } from '../../../src/message/message.ts';
import { as, type TenantId } from '../../../src/platform/ids.ts';

const tenant = as<TenantId>('acme');
const reference: MediaReference = {
  source: { type: 'channel', line: 'main', reference: 'x' },
  mimeType: 'text/html',
  fileName: 'x.bin',
};

interface Uploaded {
  readonly upload: MediaUpload;
  readonly bytes: Buffer;
}

/** A homeserver's media repository in memory, as the contract has it. */
function repository(options: {
  limit?: number;
  refuse?: MatrixError;
  open: () => OpenMedia | Promise<OpenMedia>;
}): {
  media: MediaToRoom;
  uploaded: Uploaded[];
} {
  const uploaded: Uploaded[] = [];
  const unused = (): never => {
    throw new Error('not asked for');
  };
  const client: HomeserverClient = {
    request: async ({ schema }) =>
      schema.parse(options.limit === undefined ? {} : { 'm.upload.size': options.limit }),
    async upload(upload) {
      if (options.refuse !== undefined) throw options.refuse;
      // Read twice, as after a broken connection.
      const read = async (): Promise<Buffer> =>
        typeof upload.body === 'function'
          ? Buffer.concat((await (await upload.body()).toArray()) as Buffer[])
          : Buffer.from(upload.body);
      await read();
      uploaded.push({ upload, bytes: await read() });
      return `mxc://localhost/${uploaded.length}`;
    },
    sendEvent: unused,
    download: unused,
    close: async () => undefined,
  };
  return {
    uploaded,
    media: createMediaToRoom({ client, homeserver: as('main'), openMedia: async () => options.open() }),
  };
}

function file(bytes: Buffer, more: Partial<OpenMedia> = {}): () => OpenMedia {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 65_536) chunks.push(bytes.subarray(at, at + 65_536));
  return () => ({
    stream: Readable.from(chunks, { objectMode: false }),
    mimeType: 'application/x-acme',
    ...more,
  });
}

/** A place for temporary files that nobody else uses. */
let temporary: string;
const before = process.env['TMPDIR'];
beforeAll(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'switchboard-spool-test-'));
  process.env['TMPDIR'] = temporary;
});
afterAll(async () => {
  if (before === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = before;
  await rm(temporary, { recursive: true, force: true });
});
const spooled = (): Promise<string[]> => readdir(temporary);

describe('media on its way into the room', () => {
  test.each([0, 1, 70_000, 8 * 1024 * 1024, 8 * 1024 * 1024 + 1, 12_000_000])(
    'a file of %i bytes arrives as it is, its length told',
    async (size) => {
      const bytes = randomBytes(size);
      const { media, uploaded } = repository({ open: file(bytes) });
      expect(await media.upload(tenant, reference)).toEqual({
        mxc: 'mxc://localhost/1',
        mimeType: 'application/x-acme',
        sizeBytes: size,
      });
      expect(uploaded[0]?.bytes.equals(bytes)).toBe(true);
      expect(uploaded[0]?.upload).toMatchObject({
        sizeBytes: size,
        mimeType: 'application/x-acme',
        fileName: 'x.bin',
      });
      expect(await spooled()).toEqual([]);
    },
  );

  test.each([
    [
      'a page that calls itself a picture',
      '<!DOCTYPE html><script>alert(1)</script>',
      'image/png',
      'text/html',
    ],
    ['a picture that calls itself a page', 'GIF89a......', 'text/html', 'image/gif'],
    ['nothing known that calls itself a picture', 'something else', 'image/jpeg', 'application/octet-stream'],
  ])('%s is uploaded as what it is', async (_, text, mimeType, expected) => {
    const { media, uploaded } = repository({ open: file(Buffer.from(text), { mimeType }) });
    expect((await media.upload(tenant, reference)).mimeType).toBe(expected);
    expect(uploaded[0]?.upload.mimeType).toBe(expected);
  });

  test.each([
    ['that says so', { sizeBytes: 2_000_000 }, 1_000_000],
    ['that does not say so', {}, 1_000_000],
    ['larger than what is held in memory', {}, 9_000_000],
  ])('a file too large %s is refused for ever', async (_, more, limit) => {
    const opened = file(randomBytes(10_000_000), more);
    const { media, uploaded } = repository({ limit, open: opened });
    await expect(media.upload(tenant, reference)).rejects.toMatchObject({
      name: 'MediaUnavailable',
      reason: expect.stringContaining('too large') as string,
    });
    expect(uploaded).toEqual([]);
    expect(await spooled()).toEqual([]);
  });

  test('what the network says of a file decides whether it is tried again', async () => {
    const failing = (error: Error): MediaToRoom =>
      repository({
        open: () => {
          throw error;
        },
      }).media;
    const gone = new ChannelError({ kind: 'permanent', certain: true, reason: 'expired' });
    await expect(failing(gone).upload(tenant, reference)).rejects.toMatchObject({
      name: 'MediaUnavailable',
      reason: 'expired',
    });
    const busy = new ChannelError({ kind: 'retry', certain: true, reason: 'busy', retryAfterMs: 7000 });
    await expect(failing(busy).upload(tenant, reference)).rejects.toMatchObject({
      kind: 'retry',
      retryAfterMs: 7000,
    });
    await expect(failing(new Error('odd')).upload(tenant, reference)).rejects.toMatchObject({
      kind: 'retry',
    });
    const broken = Readable.from([Buffer.alloc(10)]).on('data', () => undefined);
    broken.destroy(new Error('connection lost'));
    const half = repository({ open: () => ({ stream: broken, mimeType: 'a/b' }) });
    await expect(half.media.upload(tenant, reference)).rejects.toMatchObject({ kind: 'retry' });
  });

  test('the homeserver refuses it', async () => {
    const error = new MatrixError({ status: 413, errcode: 'M_TOO_LARGE', message: 'x', certain: true });
    const { media } = repository({ refuse: error, open: file(Buffer.alloc(5)) });
    await expect(media.upload(tenant, reference)).rejects.toMatchObject({ name: 'MediaUnavailable' });
  });

  test('whose stream passes a limit of ours is not tried again', async () => {
    const stream = file(randomBytes(2000))().stream.pipe(limitBytes(1000));
    const { media, uploaded } = repository({ open: () => ({ stream, mimeType: 'application/x-acme' }) });
    await expect(media.upload(tenant, reference)).rejects.toMatchObject({ name: 'MediaUnavailable' });
    expect(uploaded).toEqual([]);
  });

  test('a file on this homeserver already stays where it is', async () => {
    const { media, uploaded } = repository({ open: file(Buffer.alloc(5)) });
    const here = {
      ...reference,
      source: { type: 'matrix' as const, homeserver: 'main', mxc: 'mxc://localhost/a' },
    };
    expect(await media.upload(tenant, here)).toEqual({ mxc: 'mxc://localhost/a', mimeType: 'text/html' });
    await media.upload(tenant, { ...here, source: { ...here.source, homeserver: 'other' } });
    expect(uploaded).toHaveLength(1);
  });
});
