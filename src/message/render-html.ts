import type { Dialect } from './dialects.ts';
import type { HtmlElement, HtmlNode } from './matrix-html.ts';
import { inlineText, textContent } from './render-inline.ts';

/** Lays out a tree of Matrix HTML as lines of text in a dialect. */
export function renderHtml(nodes: readonly HtmlNode[], dialect: Dialect): string {
  return joinBlocks(blocksOf(nodes, dialect), dialect)
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .trim();
}

type BlockKind = 'line' | 'paragraph' | 'list' | 'quote';

interface Block {
  readonly kind: BlockKind;
  readonly text: string;
}

const containers = new Set([
  'div',
  'details',
  'summary',
  'li',
  'caption',
  'thead',
  'tbody',
  'tr',
  'td',
  'th',
]);
const blockTags = new Set([...containers, ...'p h1 h2 h3 h4 h5 h6 blockquote ul ol pre hr table'.split(' ')]);

function hasBlock(node: HtmlNode): boolean {
  return typeof node !== 'string' && (blockTags.has(node.tag) || node.children.some(hasBlock));
}

function blocksOf(nodes: readonly HtmlNode[], dialect: Dialect): Block[] {
  const blocks: Block[] = [];
  let run: HtmlNode[] = [];
  const endRun = (): void => {
    const text = inlineText(run, dialect);
    if (text !== '') blocks.push({ kind: 'line', text });
    run = [];
  };
  for (const node of nodes) {
    if (typeof node === 'string' || !hasBlock(node)) {
      run.push(node);
    } else {
      endRun();
      blocks.push(...blockOf(node, dialect).filter((block) => block.text !== ''));
    }
  }
  endRun();
  return blocks;
}

function blockOf(element: HtmlElement, dialect: Dialect): Block[] {
  const inside = (): string => joinBlocks(blocksOf(element.children, dialect), dialect);
  switch (element.tag) {
    case 'p':
      return [{ kind: 'paragraph', text: inside() }];
    case 'h1':
    case 'h2':
    case 'h3':
    case 'h4':
    case 'h5':
    case 'h6': {
      if (element.children.some(hasBlock)) return [{ kind: 'paragraph', text: inside() }];
      const bold: HtmlElement = { tag: 'b', attributes: {}, children: element.children };
      return [{ kind: 'paragraph', text: inlineText([bold], dialect) }];
    }
    case 'blockquote':
      return [{ kind: 'quote', text: quoteLines(inside()) }];
    case 'ul':
    case 'ol':
      return [{ kind: 'list', text: listText(element, dialect) }];
    case 'pre':
      return [{ kind: 'paragraph', text: preText(element, dialect) }];
    case 'hr':
      return [{ kind: 'paragraph', text: '---' }];
    case 'table':
      return [{ kind: 'paragraph', text: tableText(element, dialect) }];
    default:
      return blocksOf(element.children, dialect);
  }
}

/** `> ` before each line. */
export function quoteLines(text: string): string {
  return text === '' ? '' : text.replace(/^/gm, '> ').replace(/ $/gm, '');
}

function preText(element: HtmlElement, dialect: Dialect): string {
  const [only] = element.children;
  const language =
    typeof only === 'object' && only.tag === 'code'
      ? (only.attributes['class'] ?? '').replace(/^language-/, '')
      : '';
  const code = textContent(element.children).replace(/^\n|\n$/g, '');
  return code.trim() === '' ? '' : dialect.codeBlock(code, language);
}

function listText(list: HtmlElement, dialect: Dialect): string {
  let number = Number(list.attributes['start'] ?? 1);
  const lines: string[] = [];
  for (const item of list.children) {
    const isItem = typeof item === 'object' && item.tag === 'li';
    const text = joinBlocks(blocksOf(isItem ? item.children : [item], dialect), dialect);
    if (text === '' && !isItem) continue;
    const bullet = !isItem ? '' : list.tag === 'ol' ? `${number}. ` : '- ';
    if (isItem) number += 1;
    lines.push(bullet + text.replace(/\n(?=[^\n])/g, `\n${' '.repeat(bullet.length)}`));
  }
  return lines.join('\n');
}

function tableText(table: HtmlElement, dialect: Dialect): string {
  const lines: string[] = [];
  const visit = (nodes: readonly HtmlNode[]): void => {
    for (const node of nodes) {
      if (typeof node === 'object' && node.tag === 'tr') {
        const cells = node.children.filter((cell) => typeof cell === 'object' || cell.trim() !== '');
        lines.push(
          cells
            .map((cell) => joinBlocks(blocksOf([cell], dialect), dialect).replace(/\n+/g, ' '))
            .join(' | '),
        );
      } else if (typeof node === 'object' && (node.tag === 'thead' || node.tag === 'tbody')) {
        visit(node.children);
      } else {
        lines.push(joinBlocks(blocksOf([node], dialect), dialect));
      }
    }
  };
  visit(table.children);
  return lines.filter((line) => line !== '').join('\n');
}

function joinBlocks(blocks: readonly Block[], dialect: Dialect): string {
  let text = '';
  let before: BlockKind | undefined;
  for (const block of blocks) {
    if (before !== undefined) {
      const apart =
        (before === 'paragraph' && block.kind === 'paragraph') ||
        (before === 'list' && block.kind !== 'list') ||
        (before === 'quote' && (dialect.quoteRunsOn || block.kind === 'quote'));
      text += apart ? '\n\n' : '\n';
    }
    text += block.text;
    before = block.kind;
  }
  return text;
}
