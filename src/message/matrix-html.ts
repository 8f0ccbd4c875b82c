import { Parser } from 'htmlparser2';
import { allowedAttributes, cleanText, judgeElement, voidElements } from './html-allow-list.ts';

/** An element of the Matrix subset, or text. */
export type HtmlNode = string | HtmlElement;

export interface HtmlElement {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: HtmlNode[];
}

/** Elements nested deeper than this are unwrapped; their text stays (the specification's recommendation). */
export const maxDepth = 100;

/** Longer HTML is cut before it is parsed: a Matrix event cannot carry more than 64 KiB. */
const maxHtmlLength = 65_536;

const blocks = 'h1 h2 h3 h4 h5 h6 blockquote p ul ol hr div table pre details'.split(' ');

/**
 * Which open elements end when another begins right inside them. A superset of what HTML parsers do to the elements that we
 * let pass: so what we write is read back as the same tree, which is what makes sanitising idempotent.
 */
const endedBy: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ...blocks.map((tag) => [tag, new Set(['p'])] as const),
  ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map(
    (tag) => [tag, new Set(['p', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6'])] as const,
  ),
  ['li', new Set(['li', 'p'])],
  ['tr', new Set(['tr', 'th', 'td'])],
  ['th', new Set(['th', 'td'])],
  ['td', new Set(['th', 'td', 'thead'])],
  ['thead', new Set(['thead', 'tbody', 'caption'])],
  ['tbody', new Set(['thead', 'tbody', 'caption'])],
]);

interface OpenElement {
  /** What stands for it in the tree; undefined for one that was unwrapped or dropped. */
  readonly element: HtmlElement | undefined;
  readonly dropped: boolean;
}

/**
 * Reads any HTML as a tree of the Matrix subset; whatever is not in the subset is unwrapped or dropped. Never throws.
 *
 * The one parser behind sanitising and all conversions, so that they cannot disagree about what a message says.
 */
export function parseMatrixHtml(html: string): HtmlNode[] {
  const root: HtmlNode[] = [];
  const seen: OpenElement[] = [];
  const open: HtmlElement[] = [];
  let dropping = 0;

  const append = (node: HtmlNode): void => {
    const siblings = open.at(-1)?.children ?? root;
    const last = siblings.at(-1);
    if (typeof node === 'string' && typeof last === 'string') siblings[siblings.length - 1] = last + node;
    else siblings.push(node);
  };

  const begin = (name: string, given: Readonly<Record<string, string>>): HtmlElement | undefined => {
    const verdict = judgeElement(name);
    if (verdict === 'drop' || verdict === 'unwrap') return undefined;
    const attributes = allowedAttributes(name, given);
    if (attributes === undefined) {
      // A picture that may not be loaded still says what it shows.
      if (name === 'img' && Object.hasOwn(given, 'alt')) append(cleanText(given['alt'] ?? ''));
      return undefined;
    }
    const { tag } = verdict;
    if (tag === 'a' && open.some((element) => element.tag === 'a')) return undefined;
    const ended = endedBy.get(tag);
    while (ended?.has(open.at(-1)?.tag ?? '') === true) open.pop();
    if (open.length >= maxDepth) return undefined;
    const element: HtmlElement = { tag, attributes, children: [] };
    append(element);
    if (!voidElements.has(tag)) open.push(element);
    return element;
  };

  const parser = new Parser({
    onopentag(name, given) {
      const dropped = judgeElement(name) === 'drop';
      if (dropped) dropping += 1;
      seen.push({ element: dropping > 0 ? undefined : begin(name, given), dropped });
    },
    ontext(text) {
      if (dropping === 0) append(cleanText(text));
    },
    onclosetag() {
      const closed = seen.pop();
      if (closed?.dropped === true) dropping -= 1;
      // It may have been ended by a block inside it already.
      const index = closed?.element === undefined ? -1 : open.lastIndexOf(closed.element);
      if (index !== -1) open.length = index;
    },
  });
  const cut = html.length > maxHtmlLength ? html.slice(0, maxHtmlLength) : html;
  parser.end(cut.toWellFormed().replace(/\r\n?/g, '\n'));
  return root.filter((node) => node !== '');
}

/** Writes a tree as HTML, everything escaped that could be read as anything but text. */
export function writeHtml(nodes: readonly HtmlNode[]): string {
  let out = '';
  for (const node of nodes) {
    if (typeof node === 'string') {
      out += escapeHtml(node);
      continue;
    }
    out += `<${node.tag}`;
    for (const [name, value] of Object.entries(node.attributes)) out += ` ${name}="${escapeHtml(value)}"`;
    out += '>';
    if (!voidElements.has(node.tag)) out += `${writeHtml(node.children)}</${node.tag}>`;
  }
  return out;
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** For text and for attribute values in double quotes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => escapes[character] ?? character);
}

/** Plain text as HTML that shows the same: escaped, with line breaks. */
export function textAsHtml(text: string): string {
  return escapeHtml(text).replace(/\r\n?|\n/g, '<br>');
}
