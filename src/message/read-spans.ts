import type { Grammar } from './dialect-grammars.ts';
import { joiner, urlInText } from './dialects.ts';
import type { HtmlElement, HtmlNode } from './matrix-html.ts';

export const element = (
  tag: string,
  children: HtmlNode[],
  attributes: Readonly<Record<string, string>> = {},
): HtmlElement => ({ tag, attributes, children });

export interface ReadNode {
  readonly node: HtmlElement;
  /** Where reading goes on. */
  readonly next: number;
}

/** Spans of one line. A sign that found no partner is not looked for again, so that a line full of signs stays linear. */
export function readSpans(line: string, grammar: Grammar): HtmlNode[] {
  const nodes: HtmlNode[] = [];
  const unclosed = new Set<string>();
  const urls = grammar.escapes
    ? [...line.matchAll(urlInText)].map((m) => [m.index, m[0].length] as const)
    : [];
  let text = '';
  let at = 0;
  const endText = (): void => {
    if (text !== '') nodes.push(text);
    text = '';
  };
  while (at < line.length) {
    const character = line[at] ?? '';
    const url = urls[0];
    if (url !== undefined && at >= url[0]) {
      if (at === url[0]) {
        text += line.slice(at, at + url[1]);
        at += url[1];
      }
      urls.shift();
      continue;
    }
    if (character === joiner && /[*_~`>]/.test(line[at + 1] ?? '')) {
      // An escape of ours: the sign behind it is text.
      text += line[at + 1] ?? '';
      at += 2;
      continue;
    }
    if (grammar.escapes && character === '\\' && /[!-/:-@[-`{-~]/.test(line[at + 1] ?? '')) {
      text += line[at + 1] ?? '';
      at += 2;
      continue;
    }
    const link = grammar.links && character === '[' ? readLink(line, at, grammar) : undefined;
    const found = link ?? readSpan(line, at, grammar, unclosed);
    if (found !== undefined) {
      endText();
      nodes.push(found.node);
      at = found.next;
      continue;
    }
    text += character;
    at += 1;
  }
  endText();
  return nodes;
}

function readSpan(line: string, at: number, grammar: Grammar, unclosed: Set<string>): ReadNode | undefined {
  const candidate = grammar.signs.find(({ sign }) => line.startsWith(sign, at) && !unclosed.has(sign));
  if (candidate === undefined) return undefined;
  const { sign, tag } = candidate;
  const from = at + sign.length;
  if (!grammar.opens(line[at - 1] ?? '')) return undefined;
  if (/^\s?$/.test(line[from] ?? '') || line.startsWith(sign, from)) return undefined;
  for (let close = line.indexOf(sign, from); close !== -1; close = line.indexOf(sign, close + 1)) {
    const run = grammar.escapes ? runLength(line, close) : sign.length;
    // In Markdown two signs are another span's, three are both spans' ends with the longer one's first or last.
    const end = close + run - sign.length;
    const ends =
      !(sign.length === 1 && run === 2 && tag !== 'code') &&
      !(grammar.escapes && tag !== 'code' && isEscaped(line, close)) &&
      !/\s/.test(line[end - 1] ?? '') &&
      grammar.closes(line[end + sign.length] ?? '');
    if (!ends) {
      close += run - 1;
      continue;
    }
    const inner = line.slice(from, end);
    return {
      node: element(tag, tag === 'code' ? [inner] : readSpans(inner, grammar)),
      next: end + sign.length,
    };
  }
  unclosed.add(sign);
  return undefined;
}

function runLength(line: string, at: number): number {
  let end = at + 1;
  while (line[end] === line[at]) end += 1;
  return end - at;
}

function isEscaped(line: string, at: number): boolean {
  let start = at;
  while (line[start - 1] === '\\') start -= 1;
  return (at - start) % 2 === 1;
}

function readLink(line: string, at: number, grammar: Grammar): ReadNode | undefined {
  const match =
    /^\[((?:[^[\]\\\n]|\\.){1,1000})\]\((https?:\/\/[^\s()<>"]{1,2000}|(?:mailto|tel):[^\s()<>"]{1,300})\)/.exec(
      line.slice(at, at + 3100),
    );
  if (match === null) return undefined;
  const [whole, label = '', href = ''] = match;
  return {
    node: element('a', readSpans(label, { ...grammar, links: false }), { href }),
    next: at + whole.length,
  };
}
