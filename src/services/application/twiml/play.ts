import type { Instruction } from '../../instruction.ts';
import { resolveUrl, type AnswerContext } from '../answer-context.ts';
import { refuseChildren, refuseOthers, wholeNumber } from './attributes.ts';
import { placeOf, textOf, type XmlElement } from './xml-tree.ts';

/** A file for the customer, sent once however often it is to be heard. */
export function readPlay(context: AnswerContext, element: XmlElement): Instruction {
  refuseOthers(element, ['loop']);
  refuseChildren(element);
  wholeNumber(element, 'loop', { from: 0, to: 1000 });
  return { do: 'play', url: resolveUrl(context, textOf(element), placeOf(element)) };
}
