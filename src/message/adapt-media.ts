import type { AdaptContext } from './adapted.ts';
import { textPiece } from './adapt-text.ts';
import type { Capabilities, MediaCapability } from './capabilities.ts';
import { describeMediaKind } from './describe-content.ts';
import { excerpt } from './excerpt.ts';
import { cleanText } from './html-allow-list.ts';
import type { Loss } from './loss.ts';
import type { Content, MediaContent, MediaKind, MediaReference, TextContent } from './message.ts';
import { fits } from './text-length.ts';

/** As what a kind may go where the network does not know it, the nearest first. */
const nextBest: Readonly<Record<MediaKind, readonly MediaKind[]>> = {
  sticker: ['image', 'file'],
  voice: ['audio', 'file'],
  audio: ['file'],
  image: ['file'],
  video: ['file'],
  file: [],
};

/** A file as the network takes it, else as a link, else not at all; the caption with it or after it. */
export function adaptMedia(
  content: MediaContent,
  capabilities: Capabilities,
  context: AdaptContext,
  lost: Loss[],
): Content[] {
  const caption = captionPiece(content, capabilities, lost);
  const kind = [content.kind, ...nextBest[content.kind]].find(
    (candidate) => refusal(capabilities.media[candidate], candidate, content.media) === undefined,
  );
  if (kind !== undefined) {
    if (kind !== content.kind) {
      const how = `${describeMediaKind(content.kind)} went as ${describeMediaKind(kind)}`;
      lost.push({ kind: content.kind === 'sticker' ? 'sticker' : 'media-as-other', detail: how });
    }
    return withCaption(kind, content.media, caption, capabilities, lost);
  }

  const why = refusal(capabilities.media[content.kind], content.kind, content.media) ?? '';
  const url = linkTo(content.media, context);
  const what = fileLabel(content);
  if (url === undefined) {
    lost.push({ kind: 'media-dropped', detail: `${what} was not sent: ${why}` });
    return caption === undefined ? [] : [caption];
  }
  lost.push({ kind: 'media-as-link', detail: `${what} went as a link: ${why}` });
  const label = textPiece(what, undefined, capabilities, lost).text;
  const link = `${label}: ${url}`;
  if (caption === undefined) return [{ kind: 'text', text: link }];
  const text = `${link}\n${caption.text}`;
  if (caption.html === undefined) return [{ kind: 'text', text }];
  return [{ kind: 'text', text: link }, caption];
}

/** Why a file cannot go as this kind; undefined when it can. A size that nobody told is taken as fitting. */
function refusal(
  capability: MediaCapability | undefined,
  kind: MediaKind,
  media: MediaReference,
): string | undefined {
  if (capability === undefined) return `this network does not take ${describeMediaKind(kind)}`;
  if (!capability.mimeTypes.some((allowed) => matches(allowed, media.mimeType))) {
    return `this network does not take the type ${excerpt(media.mimeType, 40)}`;
  }
  if (media.sizeBytes !== undefined && media.sizeBytes > capability.maxBytes) {
    return `it is larger than ${megabytes(capability.maxBytes)}`;
  }
  return undefined;
}

function matches(allowed: string, mimeType: string): boolean {
  const given = mimeType.toLowerCase().trim();
  const wanted = allowed.toLowerCase();
  const essence = given.split(';')[0]?.trim() ?? '';
  return (
    wanted === '*/*' ||
    wanted === given ||
    wanted === essence ||
    (wanted.endsWith('/*') && essence.startsWith(wanted.slice(0, -1)))
  );
}

function megabytes(bytes: number): string {
  return bytes >= 1_048_576 ? `${Math.floor(bytes / 1_048_576)} MB` : `${Math.floor(bytes / 1024)} KB`;
}

function linkTo(media: MediaReference, context: AdaptContext): string | undefined {
  if (media.source.type === 'url' && /^https?:\/\//i.test(media.source.url)) return media.source.url;
  return context.signedLink?.(media);
}

/** Without the marks that turn the direction of writing, by which `gpj.exe` can look like `exe.jpg`. */
function fileLabel(content: MediaContent): string {
  const name = cleanText(content.media.fileName ?? '').replace(/[\u202a-\u202e\u2066-\u2069]/g, '');
  return excerpt(name) === '' ? describeMediaKind(content.kind).replace(/^an? /, '') : excerpt(name);
}

function captionPiece(
  content: MediaContent,
  capabilities: Capabilities,
  lost: Loss[],
): TextContent | undefined {
  if (content.caption === undefined && content.captionHtml === undefined) return undefined;
  const piece = textPiece(content.caption ?? '', content.captionHtml, capabilities, lost);
  return piece.text.trim() === '' ? undefined : piece;
}

function withCaption(
  kind: MediaKind,
  media: MediaReference,
  caption: TextContent | undefined,
  capabilities: Capabilities,
  lost: Loss[],
): Content[] {
  const bare: MediaContent = { kind, media };
  if (caption === undefined) return [bare];
  if (captionFits(bare, caption, capabilities)) return [captioned(bare, caption)];
  lost.push({ kind: 'caption', detail: 'the caption went as a message of its own' });
  return [bare, caption];
}

export function captionFits(
  content: MediaContent,
  caption: TextContent,
  capabilities: Capabilities,
): boolean {
  const longest = capabilities.media[content.kind]?.maxCaption ?? 0;
  return [caption.text, caption.html ?? ''].every((text) => fits(text, longest, capabilities.text.unit));
}

export function captioned(content: MediaContent, caption: TextContent): MediaContent {
  return {
    kind: content.kind,
    media: content.media,
    caption: caption.text,
    ...(caption.html === undefined ? {} : { captionHtml: caption.html }),
  };
}
