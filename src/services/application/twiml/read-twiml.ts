import type { Instruction } from '../../instruction.ts';
import { AnswerFault, shownName } from '../answer-fault.ts';
import { resolveUrl, type AnswerContext } from '../answer-context.ts';
import { withMethod } from '../url-method.ts';
import { methodOf, refuseChildren, refuseOthers, wholeNumber } from './attributes.ts';
import { readEnqueue } from './enqueue.ts';
import { readGather } from './gather.ts';
import { readMessage } from './message.ts';
import { readPlay } from './play.ts';
import { readSay } from './spoken.ts';
import { elementsOf, placeOf, readXml, textOf, type XmlElement } from './xml-tree.ts';

type ReadVerb = (context: AnswerContext, element: XmlElement) => Instruction | Instruction[];

const verbs: Readonly<Record<string, ReadVerb>> = {
  Say: (_, element) => ({ do: 'say', text: readSay(element) }),
  Play: readPlay,
  Pause: (_, element) => readPause(element),
  Gather: readGather,
  Redirect: (context, element) => readRedirect(context, element),
  Enqueue: readEnqueue,
  Leave: (_, element) => readBare(element, { do: 'leave' }),
  Hangup: (_, element) => readBare(element, { do: 'end' }),
  Message: readMessage,
};

/**
 * TwiML as instructions: the verbs that mean something to a conversation in writing. Strict, so that a mistake shows where it was made
 * instead of as a customer who hears nothing.
 * @throws {AnswerFault} with line, column, verb and attribute
 */
export function readTwiml(text: string, context: AnswerContext): Instruction[] {
  const root = readXml(text);
  if (root.name !== 'Response')
    throw new AnswerFault(`${placeOf(root)}: found this, expected Response around the verbs.`);
  refuseOthers(root, []);
  if (textOf(root) !== '')
    throw new AnswerFault(`${placeOf(root)}: found text between the verbs, expected verbs only.`);
  return elementsOf(root).flatMap((element) => {
    const read = Object.hasOwn(verbs, element.name) ? verbs[element.name] : undefined;
    if (read === undefined)
      throw new AnswerFault(
        `${placeOf(element)}: no such verb is carried out here; expected ${Object.keys(verbs).join(', ')} (found ${shownName(element.name)}).`,
      );
    return read(context, element);
  });
}

function readPause(element: XmlElement): Instruction {
  refuseOthers(element, ['length']);
  refuseChildren(element);
  return { do: 'pause', ms: (wholeNumber(element, 'length', { from: 0, to: 86_400 }) ?? 1) * 1000 };
}

function readRedirect(context: AnswerContext, element: XmlElement): Instruction {
  refuseOthers(element, ['method']);
  refuseChildren(element);
  const text = textOf(element);
  const url = text === '' ? context.url : resolveUrl(context, text, placeOf(element));
  return { do: 'redirect', url: withMethod(url, methodOf(element)) };
}

function readBare(element: XmlElement, instruction: Instruction): Instruction {
  refuseOthers(element, []);
  refuseChildren(element);
  return instruction;
}
