import { z } from 'zod';
import { safeFileName } from '../../media/file-name.ts';
import { imageDimensions } from '../../media/image-dimensions.ts';
import type { MediaKind, MediaReference } from '../../message/message.ts';
import type { ChannelReply, ChannelRequest } from '../channel.ts';
import { Problem } from './problem.ts';
import type { WebLine } from './web-line.ts';

const dayMs = 86_400_000;

interface Upload {
  readonly media: MediaReference & {
    readonly source: { readonly type: 'channel'; readonly reference: string };
  };
  readonly kind: MediaKind;
  /** When it came: part of the name of its note in the log. */
  readonly at: number;
}

/** Keeps the body as a file; the reply's `file` is what a message then names, valid for a day, for this visitor only. */
export async function takeUpload(
  web: WebLine,
  visitor: string,
  request: ChannelRequest,
): Promise<ChannelReply> {
  const { maxFileBytes } = web.line.parameters;
  if (request.body.length === 0) throw new Problem(422, 'The file is empty.');
  if (request.body.length > maxFileBytes) throw new Problem(413, `Expected at most ${maxFileBytes} bytes.`);
  const name = fileName(request.headers['x-file-name']);
  const stored = await web.host.files.write(request.body, {
    mimeType: request.headers['content-type'] ?? 'application/octet-stream',
    maxBytes: maxFileBytes,
    ...(name === undefined ? {} : { fileName: name }),
  });
  const at = await web.log.noteUpload(stored.reference);
  const size = stored.mimeType.startsWith('image/') ? measured(request.body) : undefined;
  const fields = [visitor, stored.reference, at, stored.mimeType, stored.sizeBytes, name ?? ''];
  const token = web.signer.sign(
    'upload',
    size === undefined ? fields : [...fields, size.width, size.height],
    web.host.clock.now() + dayMs,
  );
  return {
    status: 201,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ file: token, mimeType: stored.mimeType, sizeBytes: stored.sizeBytes, name }),
  };
}

const uploadFields = z.union([
  z.tuple([z.string(), z.string(), z.number(), z.string(), z.number(), z.string()]),
  z.tuple([z.string(), z.string(), z.number(), z.string(), z.number(), z.string(), z.number(), z.number()]),
]);

/** @throws {Problem} for what is not an upload of this visitor. */
export async function readUpload(web: WebLine, visitor: string, token: string): Promise<Upload> {
  const fields = uploadFields.safeParse(web.signer.read('upload', token, web.host.clock.now())?.fields);
  if (!fields.success || fields.data[0] !== visitor)
    throw Problem.field('file', 'Not a file that you uploaded');
  const [, reference, at, mimeType, sizeBytes, name, width, height] = fields.data;
  return {
    kind: kindOf(mimeType),
    at,
    media: {
      source: { type: 'channel', line: web.line.id, reference },
      mimeType,
      sizeBytes,
      ...(name === '' ? {} : { fileName: name }),
      ...(width === undefined || height === undefined ? {} : { width, height }),
    },
  };
}

function kindOf(mimeType: string): MediaKind {
  if (/^image\/(png|jpeg|gif|webp|avif)$/.test(mimeType)) return 'image';
  if (mimeType.startsWith('audio/')) return 'audio';
  if (mimeType.startsWith('video/')) return 'video';
  return 'file';
}

/** Without a size where the picture says none, or one that nobody should unpack. */
function measured(bytes: Buffer): ReturnType<typeof imageDimensions> {
  try {
    return imageDimensions(bytes);
  } catch {
    return undefined;
  }
}

/** The name as people see it, without anything that a path or a header would act on. */
function fileName(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  let name: string;
  try {
    name = decodeURIComponent(header);
  } catch {
    throw new Problem(422, 'The request has a mistake.', {
      errors: [{ field: 'x-file-name', message: 'Expected percent-encoded UTF-8' }],
    });
  }
  const safe = safeFileName(name, '');
  return safe === '' ? undefined : safe;
}
