import { dialectOf } from './dialects.ts';
import { parseMatrixHtml } from './matrix-html.ts';
import { renderHtml } from './render-html.ts';

/**
 * HTML as plain text: a blank line between paragraphs, `- ` and `1. ` before list items, `> ` before quoted lines, a link as
 * `label (address)` unless the label says the address already. Never throws.
 */
export function htmlToText(html: string): string {
  return renderHtml(parseMatrixHtml(html), dialectOf('plain'));
}
