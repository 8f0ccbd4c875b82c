import type { Instruction } from '../../instruction.ts';
import type { AnswerContext } from '../answer-context.ts';
import { withMethod } from '../url-method.ts';
import { methodOf, oneOf, refuseChildren, refuseOthers, urlOf, wholeNumber, wrong } from './attributes.ts';
import { readPlay } from './play.ts';
import { readSay } from './spoken.ts';
import { elementsOf, type XmlElement } from './xml-tree.ts';

/** About how and how fast somebody speaks or presses keys: means nothing to a text. */
const ofSpeech = [
  'finishOnKey',
  'speechTimeout',
  'maxSpeechTime',
  'profanityFilter',
  'hints',
  'language',
  'bargeIn',
  'debug',
  'speechModel',
  'enhanced',
  'partialResultCallback',
  'partialResultCallbackMethod',
];
const known = ['input', 'action', 'method', 'timeout', 'numDigits', 'actionOnEmptyResult', ...ofSpeech];

/** Typing takes longer than pressing keys: whatever `timeout` says, the customer has so long for an answer, */
const leastMs = 60_000;
/** and so long where it says nothing. */
const usualMs = 300_000;

/**
 * `Gather` asks, and waits for the customer's next text. Who answers goes to the action with it (else to the same document again); without an
 * answer what stands after the Gather follows, or, with `actionOnEmptyResult`, the action too.
 */
export function readGather(context: AnswerContext, element: XmlElement): Instruction[] {
  refuseOthers(element, known);
  refuseChildren(element, ['Say', 'Play', 'Pause']);
  const input = readInput(element);
  const numDigits = wholeNumber(element, 'numDigits', { from: 1, to: 1000 });
  const timeout =
    element.attributes['timeout'] === 'auto'
      ? undefined
      : wholeNumber(element, 'timeout', { from: 0, to: 86_400 });
  const children = elementsOf(element);
  // Empty where the question stands before the Gather, as it often does, or is played.
  const text = children.flatMap((child) => (child.name === 'Say' ? [readSay(child)] : [])).join('\n');
  const played = children.flatMap((child) => (child.name === 'Play' ? [readPlay(context, child)] : []));
  const action = urlOf(context, element, 'action') ?? withMethod(context.url, methodOf(element));
  const whenEmpty = oneOf(element, 'actionOnEmptyResult', ['true', 'false']) === 'true';
  return [
    ...played,
    {
      do: 'ask',
      name: 'gather',
      text,
      answer: {
        kind: 'free',
        ...(input === 'digits' && numDigits !== undefined ? { maxLength: numDigits } : {}),
      },
      attempts: 1,
      timeoutMs: timeout === undefined ? usualMs : Math.max(leastMs, timeout * 1000),
      action,
      ...(whenEmpty ? { otherwise: [{ do: 'redirect', url: action }] } : {}),
    },
  ];
}

function readInput(element: XmlElement): 'digits' | 'words' {
  const words = (element.attributes['input'] ?? 'dtmf').trim().split(/\s+/);
  if (words.some((word) => word !== 'dtmf' && word !== 'speech'))
    throw wrong(element, 'input', 'dtmf, speech or both');
  return words.includes('speech') ? 'words' : 'digits';
}
