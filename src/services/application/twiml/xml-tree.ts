import { SaxesParser } from 'saxes';
import { AnswerFault, shownName } from '../answer-fault.ts';

/** An XML element, with the place where it begins. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly (XmlElement | string)[];
  readonly line: number;
  readonly column: number;
}

interface Growing extends XmlElement {
  readonly children: (XmlElement | string)[];
}

const deepest = 8;
const mostElements = 1000;

/**
 * Well-formed XML as a tree, without comments and processing instructions. A document type is refused: nothing needs one, and entities
 * of one's own are how small documents become large ones.
 * @throws {AnswerFault} with line and column
 */
export function readXml(text: string): XmlElement {
  const parser = new SaxesParser();
  const open: Growing[] = [];
  let root: Growing | undefined;
  let count = 0;
  const fail = (what: string): never => {
    throw new AnswerFault(`line ${String(parser.line)}, column ${String(parser.column + 1)}: ${what}`);
  };
  parser.on('error', (error) => fail(withoutPlace(error.message)));
  parser.on('doctype', () => fail('found a document type, expected none.'));
  parser.on('opentag', ({ name, attributes }) => {
    count += 1;
    if (count > mostElements) fail(`found more than ${String(mostElements)} elements.`);
    if (open.length >= deepest) fail(`found ${shownName(name)} too deep inside others.`);
    const element: Growing = { name, attributes, children: [], line: parser.line, column: parser.column };
    open.at(-1)?.children.push(element);
    root ??= element;
    open.push(element);
  });
  parser.on('closetag', () => open.pop());
  const addText = (piece: string): void => {
    open.at(-1)?.children.push(piece);
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.write(text).close();
  return root ?? fail('found nothing, expected Response.');
}

/** The parser says the place in its own way. */
function withoutPlace(message: string): string {
  return message.replace(/^\d+:\d+: /, '').slice(0, 200);
}

/** Where an element stands, and what it is. */
export function placeOf({ line, column, name }: XmlElement): string {
  return `line ${String(line)}, column ${String(column)}: ${shownName(name)}`;
}

export function elementsOf(element: XmlElement): XmlElement[] {
  return element.children.filter((child): child is XmlElement => typeof child !== 'string');
}

/** The text directly in the element, blanks at its ends taken off and within it made one. */
export function textOf(element: XmlElement): string {
  return collapse(element.children.filter((child) => typeof child === 'string').join(''));
}

export function collapse(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
