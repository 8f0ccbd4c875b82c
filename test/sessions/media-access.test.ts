import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import type { OpenMedia } from '../../src/channels/channel.ts';
import type { MediaReference } from '../../src/message/message.ts';
import { openMedia } from '../../src/sessions/media-access.ts';
import { as } from '../../src/platform/ids.ts';

const reference: MediaReference = {
  source: { type: 'url', url: 'https://files.example.org/a' },
  mimeType: 'text/plain',
};

/** Opens what a source gives, with at most 10 bytes. */
function open(bytes: number, sizeBytes?: number): { file: Promise<OpenMedia>; source: Readable } {
  const source = Readable.from([Buffer.alloc(bytes)]);
  const given = { stream: source, mimeType: 'text/plain', ...(sizeBytes === undefined ? {} : { sizeBytes }) };
  const sources = {
    download: () => Promise.reject(new Error('not used here')),
    connection: () => undefined,
    fetch: () => Promise.resolve(given),
    maxBytes: 10,
  };
  return { file: openMedia(sources, as('acme'), reference), source };
}

it('gives a file of the largest size whole', async () => {
  expect(await buffer((await open(10, 10).file).stream)).toHaveLength(10);
});

it('refuses a file that is said to be larger, for good, and reads nothing of it', async () => {
  const { file, source } = open(11, 11);
  await expect(file).rejects.toMatchObject({ kind: 'permanent', certain: true });
  expect(source.destroyed).toBe(true);
});

it('stops a file that turns out to be larger, and its source', async () => {
  const { file, source } = open(11);
  await expect(buffer((await file).stream)).rejects.toMatchObject({ failure: 'tooLarge' });
  expect(source.destroyed).toBe(true);
});
