import type { Dialect, Mark } from './dialects.ts';
import type { HtmlElement, HtmlNode } from './matrix-html.ts';
import { isMention } from './mentions.ts';

/** The text of a tree as it stands there, without any layout. */
export function textContent(nodes: readonly HtmlNode[]): string {
  let text = '';
  for (const node of nodes) {
    if (typeof node === 'string') text += node;
    else if (node.tag === 'br') text += '\n';
    else if (node.tag === 'img') text += node.attributes['alt'] ?? '';
    else text += textContent(node.children);
  }
  return text;
}

const markOf: Readonly<Record<string, Mark>> = {
  b: 'bold',
  strong: 'bold',
  i: 'italic',
  em: 'italic',
  s: 'strike',
  del: 'strike',
  code: 'code',
};

/** A run of text and inline elements in a dialect, without white space at either end. */
export function inlineText(nodes: readonly HtmlNode[], dialect: Dialect): string {
  let out = '';
  const active = new Set<Mark>();

  const addText = (text: string): void => {
    // White space as HTML shows it; a no-break space too becomes a plain one, which an SMS can carry without going Unicode.
    let shown = text.replace(/[ \t\n\f\u00a0]+/g, ' ');
    if (shown.startsWith(' ') && /^\s?$/.test(out.at(-1) ?? '')) shown = shown.slice(1);
    out += active.has('code') ? shown : dialect.escape(shown, out.at(-1) ?? '');
  };

  const addMarked = (mark: Mark, children: readonly HtmlNode[], after: string): void => {
    const sign = dialect.marks[mark];
    const usable = sign !== undefined && !active.has(mark) && !active.has('code');
    const start = out.length;
    if (usable) active.add(mark);
    walk(children, after);
    if (!usable) return;
    active.delete(mark);
    const inner = out.slice(start);
    const before = out[start - 1] ?? '';
    const blocked = mark === 'code' ? inner.includes(sign) : unescapedHas(inner, sign);
    if (blocked || !dialect.spanFits(before, inner.endsWith(' ') ? ' ' : after)) {
      // Code was taken as it is, because that is what it would have been inside the span.
      if (mark === 'code') out = out.slice(0, start) + dialect.escape(inner, before);
      return;
    }
    out = out.slice(0, start) + inner.replace(/^([^\S\n]*)(\S(?:.*\S)?)/gm, `$1${sign}$2${sign}`);
  };

  const walk = (children: readonly HtmlNode[], after: string): void => {
    for (const [index, node] of children.entries()) {
      if (typeof node === 'string') {
        addText(node);
        continue;
      }
      const mark = markOf[node.tag];
      const next = firstCharacter(children.slice(index + 1, index + 4)) ?? after;
      if (node.tag === 'br') out = `${out.endsWith(' ') ? out.slice(0, -1) : out}\n`;
      else if (node.tag === 'img') addText(node.attributes['alt'] ?? '');
      else if (node.tag === 'a') addLink(node, next);
      else if (mark !== undefined) addMarked(mark, node.children, next);
      else if (node.tag === 'sup' && /^\d+$/.test(textContent(node.children)))
        addText(`^${textContent(node.children)}`);
      else walk(node.children, next);
    }
  };

  const addLink = (node: HtmlElement, after: string): void => {
    const start = out.length;
    walk(node.children, after);
    const label = out.slice(start);
    if (isMention(node)) return;
    const url = node.attributes['href'] ?? '';
    out = out.slice(0, start) + linkText(label, textContent(node.children).trim(), url, dialect);
  };

  walk(nodes, '');
  return out
    .split('\n')
    .map((line) => dialect.escapeLineStart(line.trim()))
    .join('\n')
    .trim();
}

/** Whether a sign stands there that would end a span too early. */
function unescapedHas(text: string, sign: string): boolean {
  return text.replace(/\\./g, '').includes(sign);
}

function firstCharacter(nodes: readonly HtmlNode[]): string | undefined {
  for (const node of nodes) {
    if (typeof node === 'object' && node.tag === 'br') return '\n';
    const text = typeof node === 'string' ? node : textContent([node]);
    if (text !== '') return text[0];
  }
  return undefined;
}

function linkText(label: string, bareLabel: string, url: string, dialect: Dialect): string {
  const bare = (text: string): string =>
    text
      .replace(/^(?:https?:\/\/|mailto:|tel:)/i, '')
      .replace(/\/$/, '')
      .toLowerCase();
  if (bareLabel === '') return dialect.link(url, url);
  if (bare(bareLabel) !== bare(url)) return dialect.link(label, url);
  return /^(?:mailto|tel):/i.test(url) ? label : url;
}
