import { captioned, captionFits } from './adapt-media.ts';
import { textPiece } from './adapt-text.ts';
import type { Capabilities } from './capabilities.ts';
import { excerpt } from './excerpt.ts';
import type { Loss } from './loss.ts';
import { escapeHtml, textAsHtml } from './matrix-html.ts';
import type { Content, TextContent } from './message.ts';

/** The pieces with a quote of what they answer in front. */
export function withQuote(
  pieces: Content[],
  about: string,
  capabilities: Capabilities,
  lost: Loss[],
): Content[] {
  const quoted = excerpt(about);
  if (quoted === '') {
    lost.push({ kind: 'reply', detail: 'it does not show what it answers' });
    return pieces;
  }
  lost.push({ kind: 'reply', detail: 'what it answers went as a quote' });
  const gap = capabilities.formatting === 'markdown' ? '\n\n' : '\n';
  const quote: TextContent = {
    kind: 'text',
    text: `> ${textPiece(quoted, undefined, capabilities, lost).text}`,
    ...(capabilities.formatting === 'html' ? { html: `<blockquote>${escapeHtml(quoted)}</blockquote>` } : {}),
  };
  return inFront(quote, gap, pieces, capabilities) ?? [quote, ...pieces];
}

/** A corrected copy, marked with a star as people mark theirs. */
export function withStar(pieces: Content[], capabilities: Capabilities): Content[] {
  const star: TextContent = { kind: 'text', text: capabilities.formatting === 'markdown' ? '\\*' : '*' };
  return inFront(star, ' ', pieces, capabilities) ?? pieces;
}

/** The pieces with a text in front of the first one's own; undefined where that has none, or no room for more. */
function inFront(
  front: TextContent,
  gap: string,
  [first, ...rest]: Content[],
  capabilities: Capabilities,
): Content[] | undefined {
  const join = (text: string, html?: string): TextContent => ({
    kind: 'text',
    text: `${front.text}${gap}${text}`,
    ...(html === undefined && front.html === undefined
      ? {}
      : { html: `${front.html ?? textAsHtml(front.text + gap)}${html ?? textAsHtml(text)}` }),
  });
  switch (first?.kind) {
    case 'text':
      return [{ ...join(first.text, first.html), ...(first.emote === true ? { emote: true } : {}) }, ...rest];
    case 'choice':
      return [{ ...first, text: join(first.text).text }, ...rest];
    case 'image':
    case 'audio':
    case 'voice':
    case 'video':
    case 'file':
    case 'sticker': {
      if (first.caption === undefined) return undefined;
      const caption = join(first.caption, first.captionHtml);
      return captionFits(first, caption, capabilities) ? [captioned(first, caption), ...rest] : undefined;
    }
    default:
      return undefined;
  }
}
