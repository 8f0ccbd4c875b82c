import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LineFiles } from '../../src/channels/channel.ts';
import { createFileStorage, FileTooLarge } from '../../src/media/file-storage.ts';
import { as } from '../../src/platform/ids.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'file-storage-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});
const space = (tenant = 'acme', line = 'chat'): LineFiles =>
  createFileStorage(directory).of(as(tenant), as(line));
const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(100, 7)]);

test('gives back what was written, also to a later process', async () => {
  const { reference, sizeBytes } = await space().write(png, {
    mimeType: 'image/png',
    fileName: 'a.png',
    maxBytes: 1000,
  });
  const opened = await space().open(reference);
  expect(opened).toMatchObject({ mimeType: 'image/png', fileName: 'a.png', sizeBytes });
  expect(await buffer(opened!.stream)).toEqual(png);
});

test('believes the bytes, not the claim', async () => {
  const typeOf = async (bytes: Buffer, mimeType: string) =>
    (await space().write(bytes, { mimeType, maxBytes: 1000 })).mimeType;
  expect(await typeOf(png, 'text/html')).toBe('image/png');
  expect(await typeOf(Buffer.from('<script>1</script>'), 'image/png')).toBe('text/html');
  expect(await typeOf(Buffer.alloc(20), 'image/png')).toBe('application/octet-stream');
  expect(await typeOf(Buffer.from('hello'), 'text/plain; charset=utf-8')).toBe('text/plain');
  expect(await typeOf(Buffer.from('hello'), 'nonsense"\r\nx: y')).toBe('application/octet-stream');
});

test('refuses what is too large and leaves nothing behind', async () => {
  async function* chunks() {
    for (let i = 0; i < 10; i += 1) yield Buffer.alloc(200);
  }
  await expect(space().write(chunks(), { mimeType: 'a/b', maxBytes: 1000 })).rejects.toThrow(FileTooLarge);
  expect(await readdir(join(directory, 'acme', 'chat'))).toEqual([]);
});

test('opens nothing of another line, of another tenant, by a path or once removed', async () => {
  const { reference } = await space().write(png, { mimeType: 'image/png', maxBytes: 1000 });
  expect(await space('acme', 'other').open(reference)).toBeUndefined();
  expect(await space('other', 'chat').open(reference)).toBeUndefined();
  expect(await space('acme', '..').open(`chat/${reference}`)).toBeUndefined();
  expect(() => space('../acme')).toThrow('tenant');
  await space().remove(reference);
  expect(await space().open(reference)).toBeUndefined();
  await space().remove(reference);
});
