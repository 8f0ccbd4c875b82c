import type { Instruction } from '../../instruction.ts';
import { AnswerFault } from '../answer-fault.ts';
import type { AnswerContext } from '../answer-context.ts';
import { resolveUrl } from '../answer-context.ts';
import { refuseChildren, refuseOthers } from './attributes.ts';
import { readWords } from './spoken.ts';
import { elementsOf, placeOf, textOf, type XmlElement } from './xml-tree.ts';

/** `Message` of messaging applications: text and files for the customer. It goes to no other address, so it has no attributes. */
export function readMessage(context: AnswerContext, element: XmlElement): Instruction[] {
  refuseOthers(element, []);
  refuseChildren(element, ['Body', 'Media']);
  const parts = elementsOf(element);
  for (const part of parts) {
    refuseOthers(part, []);
    refuseChildren(part);
  }
  const words = [textOf(element), ...parts.flatMap((part) => (part.name === 'Body' ? [textOf(part)] : []))]
    .filter((text) => text !== '')
    .join('\n');
  const files = parts.flatMap((part): Instruction[] =>
    part.name === 'Media' ? [{ do: 'play', url: resolveUrl(context, textOf(part), placeOf(part)) }] : [],
  );
  if (words === '' && files.length === 0)
    throw new AnswerFault(`${placeOf(element)}: found neither text nor Media, expected some.`);
  return [...(words === '' ? [] : [{ do: 'say' as const, text: readWords(element, words) }]), ...files];
}
