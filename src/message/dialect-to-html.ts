import type { FormattingDialect } from './capabilities.ts';
import { cleanText } from './html-allow-list.ts';
import { type Grammar, grammars } from './dialect-grammars.ts';
import { parseMatrixHtml, type HtmlNode, writeHtml } from './matrix-html.ts';
import { htmlToText } from './html-to-text.ts';
import { textContent } from './render-inline.ts';
import { element, readSpans, type ReadNode } from './read-spans.ts';

/** Longer text is not looked through for formatting. */
const longestStyled = 65_536;

/**
 * Text as it came from a network, in that network's dialect: as plain text, and as Matrix HTML if anything in it is
 * formatted. Never throws.
 */
export function dialectToHtml(source: string, dialect: FormattingDialect): { text: string; html?: string } {
  const text = cleanText(source).replace(/\r\n?/g, '\n');
  if (dialect === 'plain' || text.length > longestStyled) return { text };
  if (dialect === 'html') {
    const nodes = parseMatrixHtml(text);
    const shown = htmlToText(text);
    return nodes.some(isStyled) ? { text: shown, html: writeHtml(nodes) } : { text: shown };
  }
  const nodes = readBlocks(text.split('\n'), grammars[dialect], 0);
  if (!nodes.some(isStyled)) return { text: textContent(nodes) };
  return { text: text.replace(/\u2060(?=[*_~`>])/g, ''), html: writeHtml(nodes) };
}

function isStyled(node: HtmlNode): boolean {
  return (
    typeof node === 'object' && (node.tag !== 'br' && node.tag !== 'p' ? true : node.children.some(isStyled))
  );
}

const maxQuoteDepth = 20;

function readBlocks(lines: readonly string[], grammar: Grammar, depth: number): HtmlNode[] {
  const nodes: HtmlNode[] = [];
  let blockBefore = true;
  let at = 0;
  while (at < lines.length) {
    const line = lines[at] ?? '';
    const fenced = line.startsWith('```') ? readFence(lines, at) : undefined;
    const block =
      fenced ??
      (line.startsWith('>') && depth < maxQuoteDepth
        ? readQuote(lines, at, grammar, depth)
        : grammar.lists
          ? readList(lines, at, grammar)
          : undefined);
    if (block !== undefined) {
      nodes.push(block.node);
      at = block.next;
      blockBefore = true;
      continue;
    }
    if (!blockBefore) nodes.push(element('br', []));
    nodes.push(...readSpans(line, grammar));
    blockBefore = false;
    at += 1;
  }
  return nodes;
}

function readFence(lines: readonly string[], at: number): ReadNode | undefined {
  const first = lines[at] ?? '';
  if (first.indexOf('```', 3) !== -1) return undefined;
  let end = at + 1;
  while (end < lines.length && lines[end]?.trimEnd() !== '```') end += 1;
  const code = lines
    .slice(at + 1, end)
    .map((line) => line.replace(/^\u2060(?=```)/, ''))
    .join('\n');
  const language = /^```([\w+#.-]{1,40})\s*$/.exec(first)?.[1];
  const inner = element(
    'code',
    [`${code}\n`],
    language === undefined ? {} : { class: `language-${language}` },
  );
  return { node: element('pre', [inner]), next: end + 1 };
}

function readQuote(lines: readonly string[], at: number, grammar: Grammar, depth: number): ReadNode {
  let end = at;
  while (end < lines.length && lines[end]?.startsWith('>') === true) end += 1;
  const inside = lines.slice(at, end).map((line) => line.replace(/^>\s?/, ''));
  return { node: element('blockquote', readBlocks(inside, grammar, depth + 1)), next: end };
}

function readList(lines: readonly string[], at: number, grammar: Grammar): ReadNode | undefined {
  const bullet = /^[-*] +(?=\S)/;
  const numbered = /^(\d{1,9})[.)] +(?=\S)/;
  const first = lines[at] ?? '';
  const start = numbered.exec(first)?.[1];
  const pattern = start === undefined ? bullet : numbered;
  const items: HtmlNode[] = [];
  let end = at;
  while (end < lines.length) {
    const line = lines[end] ?? '';
    if (!pattern.test(line)) break;
    items.push(element('li', readSpans(line.replace(pattern, ''), grammar)));
    end += 1;
  }
  if (items.length === 0) return undefined;
  const attributes = start === undefined || start === '1' ? {} : { start };
  return { node: element(start === undefined ? 'ul' : 'ol', items, attributes), next: end };
}
