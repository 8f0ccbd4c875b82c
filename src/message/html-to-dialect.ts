import type { FormattingDialect } from './capabilities.ts';
import { dialectOf } from './dialects.ts';
import { type HtmlNode, parseMatrixHtml, textAsHtml, writeHtml } from './matrix-html.ts';
import { renderHtml } from './render-html.ts';

export interface DialectText {
  readonly text: string;
  /** Whether something was dropped that a reader would have seen, other than where a link points. */
  readonly formattingLost: boolean;
}

/** Matrix HTML in the words of a dialect. Never throws. */
export function htmlToDialect(html: string, dialect: FormattingDialect): DialectText {
  const nodes = parseMatrixHtml(html);
  if (dialect === 'html') return { text: writeHtml(nodes), formattingLost: false };
  return { text: renderHtml(nodes, dialectOf(dialect)), formattingLost: isLost(nodes, dialect) };
}

/**
 * Plain text so that it reads as what it is in a dialect. Message styling and WhatsApp show the signs that a person types
 * anyway and have no way to escape them, so there it goes as it is.
 */
export function textToDialect(text: string, dialect: FormattingDialect): string {
  if (dialect === 'html') return textAsHtml(text);
  if (dialect !== 'markdown') return text;
  const rules = dialectOf(dialect);
  return text
    .split('\n')
    .map((line) => rules.escapeLineStart(rules.escape(line, '')))
    .join('\n');
}

const marked = ['b', 'strong', 'i', 'em', 's', 'del', 'code', 'pre', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6'];
const neverShown = new Set(['u', 'sub', 'sup', 'table', 'img']);

function isLost(nodes: readonly HtmlNode[], dialect: FormattingDialect): boolean {
  return nodes.some(
    (node) =>
      typeof node === 'object' &&
      (neverShown.has(node.tag) ||
        (node.tag === 'span' && Object.keys(node.attributes).length > 0) ||
        (dialect === 'plain' && marked.includes(node.tag)) ||
        isLost(node.children, dialect)),
  );
}
