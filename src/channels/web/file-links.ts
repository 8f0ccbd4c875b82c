import { Readable } from 'node:stream';
import { z } from 'zod';
import { contentDisposition } from '../../media/file-name.ts';
import { ChannelError, type ChannelReply, type OpenMedia } from '../channel.ts';
import { partOf, readRange } from './byte-range.ts';
import { Problem } from './problem.ts';
import type { WebLine } from './web-line.ts';

const hourMs = 3_600_000;
const linkMs = 24 * hourMs;

/** Types that a browser may show in place; the rest it is told to save. */
const shown = /^(image\/(png|jpeg|gif|webp|avif)|audio\/[a-z0-9.+-]+|video\/(mp4|webm|ogg|quicktime))$/;

/** A link to the file of an entry. The same for an hour, so that a browser that loads the page again finds it in its cache. */
export function fileLink(web: WebLine, visitor: string, sequence: number): string {
  const expiresAt = Math.ceil(web.host.clock.now() / hourMs) * hourMs + linkMs;
  return `files/${web.signer.sign('file', [visitor, sequence], expiresAt)}`;
}

const linkFields = z.tuple([z.string(), z.number()]);

/** The bytes behind a link. `<img>` and `<a>` send no token: the link itself is the permission. */
export async function serveFile(
  web: WebLine,
  token: string,
  range: string | undefined,
): Promise<ChannelReply> {
  const fields = linkFields.safeParse(web.signer.read('file', token, web.host.clock.now())?.fields);
  const entry = fields.success ? await web.log.entry(...fields.data) : undefined;
  const content = entry?.type === 'message' || entry?.type === 'edit' ? entry.content : undefined;
  if (content === undefined || !('media' in content))
    throw new Problem(404, 'There is no such file (any more).');
  const { media } = content;
  const opened =
    media.source.type === 'channel' && media.source.line === web.line.id
      ? await web.host.files.open(media.source.reference)
      : await openElsewhere(web, media);
  if (opened === undefined) throw new Problem(404, 'There is no such file (any more).');
  return reply(opened, media.fileName ?? opened.fileName, range);
}

async function openElsewhere(
  web: WebLine,
  media: Parameters<WebLine['host']['media']['open']>[0],
): Promise<OpenMedia> {
  try {
    return await web.host.media.open(media);
  } catch (error) {
    if (!(error instanceof ChannelError) || error.kind === 'retry') {
      throw new Problem(503, 'The file cannot be had at the moment.', { retryAfterSeconds: 10 });
    }
    throw new Problem(404, 'There is no such file (any more).');
  }
}

function reply(opened: OpenMedia, name: string | undefined, rangeHeader: string | undefined): ChannelReply {
  const inline = shown.test(opened.mimeType);
  const range = opened.sizeBytes === undefined ? undefined : readRange(rangeHeader, opened.sizeBytes);
  const length = range === undefined ? opened.sizeBytes : range.last - range.first + 1;
  opened.stream.on('error', () => undefined);
  return {
    status: range === undefined ? 200 : 206,
    headers: {
      'content-type': inline ? opened.mimeType : 'application/octet-stream',
      'content-disposition': contentDisposition(inline ? 'inline' : 'attachment', name),
      'content-security-policy': "default-src 'none'; sandbox",
      'cross-origin-resource-policy': 'cross-origin',
      'cache-control': 'private, max-age=86400, immutable',
      ...(opened.sizeBytes === undefined ? {} : { 'accept-ranges': 'bytes' }),
      ...(length === undefined ? {} : { 'content-length': String(length) }),
      ...(range === undefined
        ? {}
        : { 'content-range': `bytes ${range.first}-${range.last}/${opened.sizeBytes ?? '*'}` }),
    },
    body: bytesOf(range === undefined ? opened.stream : Readable.from(partOf(opened.stream, range))),
  };
}

/** Ends the source when the reader goes away. */
async function* bytesOf(stream: Readable): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of stream) yield chunk as Uint8Array;
  } finally {
    stream.destroy();
  }
}
