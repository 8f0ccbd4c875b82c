import { AnswerFault } from '../answer-fault.ts';
import { refuseChildren, refuseOthers, wholeNumber } from './attributes.ts';
import { collapse, placeOf, type XmlElement } from './xml-tree.ts';

/** What npm twilio puts into Say: how it is to be spoken. A text has only the words. */
const speechMarkup = [
  'break',
  'emphasis',
  'lang',
  'p',
  'phoneme',
  'prosody',
  's',
  'say-as',
  'sub',
  'w',
  'amazon:auto-breaths',
  'amazon:breath',
  'amazon:domain',
  'amazon:effect',
  'amazon:emotion',
];
const longestText = 4096;

/** The words of a `Say`. How often (`loop`) and with which voice they are to be spoken means nothing to a text. */
export function readSay(element: XmlElement): string {
  refuseOthers(element, ['voice', 'language', 'loop']);
  wholeNumber(element, 'loop', { from: 0, to: 1000 });
  return readWords(element, wordsOf(element));
}

/** @throws {AnswerFault} where there are none, or too many */
export function readWords(element: XmlElement, found: string): string {
  const words = collapse(found);
  if (words === '') throw new AnswerFault(`${placeOf(element)}: found no text, expected some.`);
  if (words.length > longestText)
    throw new AnswerFault(
      `${placeOf(element)}: found a text of ${String(words.length)} characters, expected at most ${String(longestText)}.`,
    );
  return words;
}

function wordsOf(element: XmlElement): string {
  refuseChildren(element, speechMarkup);
  return element.children
    .map((child) => (typeof child === 'string' ? child : ` ${wordsOf(child)} `))
    .join('');
}
