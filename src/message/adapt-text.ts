import type { Capabilities } from './capabilities.ts';
import { cleanText } from './html-allow-list.ts';
import { htmlToDialect, textToDialect } from './html-to-dialect.ts';
import { htmlToText } from './html-to-text.ts';
import type { Loss } from './loss.ts';
import { parseMatrixHtml, writeHtml } from './matrix-html.ts';
import type { TextContent } from './message.ts';
import { unwrapMentions } from './mentions.ts';
import { splitText } from './split-text.ts';
import { fits } from './text-length.ts';

/** Text of ours or of a person as a text message in the network's dialect, still of any length. */
export function textPiece(
  text: string,
  html: string | undefined,
  capabilities: Capabilities,
  lost: Loss[],
): TextContent {
  const clean = cleanText(text);
  if (html === undefined) {
    // With dialect `html` the text itself stays plain: a module that shows HTML escapes what comes without.
    const shown = capabilities.formatting === 'html' ? clean : textToDialect(clean, capabilities.formatting);
    return { kind: 'text', text: shown };
  }
  if (capabilities.formatting === 'html') {
    // Not the sender's plain version, which often is the Markdown that the person typed.
    const shown = htmlToText(html);
    return { kind: 'text', text: shown === '' ? clean : shown, html: withoutMentions(html) };
  }
  const converted = htmlToDialect(html, capabilities.formatting);
  if (converted.text === '') return textPiece(text, undefined, capabilities, lost);
  if (converted.formattingLost) lost.push({ kind: 'formatting', detail: 'some formatting was left out' });
  return { kind: 'text', text: converted.text };
}

/** A text piece as texts that are no longer than allowed; none where there is nothing in it. */
export function cutText(piece: TextContent, capabilities: Capabilities, lost: Loss[]): TextContent[] {
  const { maxLength, unit } = capabilities.text;
  const { html, ...plain } = piece;
  if (html !== undefined && fits(html, maxLength, unit) && fits(piece.text, maxLength, unit)) {
    return piece.text.trim() === '' && html === '' ? [] : [piece];
  }
  if (html !== undefined) lost.push({ kind: 'formatting', detail: 'the formatting, because it is too long' });
  if (piece.text.trim() === '') return [];
  return splitText(piece.text, maxLength, unit).map((text) => ({ ...plain, text }));
}

function withoutMentions(html: string): string {
  return html.includes('matrix.to') ? writeHtml(unwrapMentions(parseMatrixHtml(html))) : html;
}
