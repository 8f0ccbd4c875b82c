import type { EnqueueRequest, Instruction } from '../../instruction.ts';
import { AnswerFault } from '../answer-fault.ts';
import { queueToEnter, type AnswerContext } from '../answer-context.ts';
import { readAttributes } from '../answer-attributes.ts';
import { refuseChildren, refuseOthers, urlOf, wholeNumber, wrong } from './attributes.ts';
import { elementsOf, placeOf, textOf, type XmlElement } from './xml-tree.ts';

const known = ['action', 'method', 'waitUrl', 'waitUrlMethod', 'workflowSid', 'maxQueueSize'];

/**
 * `Enqueue`: into the queue that it names; else into that which `workflowSid` names, else the line's. `Task` carries attributes as JSON, its
 * `priority` and how long the customer waits at most (`timeout`, seconds).
 */
export function readEnqueue(context: AnswerContext, element: XmlElement): Instruction {
  refuseOthers(element, known);
  refuseChildren(element, ['Task']);
  const [task, second] = elementsOf(element);
  if (second !== undefined) throw new AnswerFault(`${placeOf(second)}: found a second one, expected one.`);
  const action = urlOf(context, element, 'action');
  const waitApplication = urlOf(context, element, 'waitUrl', 'waitUrlMethod');
  const maxSize = wholeNumber(element, 'maxQueueSize', { from: 1, to: 5000 });
  return {
    do: 'enqueue',
    queue: queueOf(context, element, action !== undefined),
    ...(task === undefined ? {} : readTask(task)),
    ...(waitApplication === undefined ? {} : { waitApplication }),
    ...(action === undefined ? {} : { action }),
    ...(maxSize === undefined ? {} : { maxSize }),
  };
}

function queueOf(context: AnswerContext, element: XmlElement, hasAction: boolean): EnqueueRequest['queue'] {
  const name = textOf(element) || element.attributes['workflowSid']?.trim() || undefined;
  return name === undefined
    ? context.queue
    : queueToEnter(context, name, { where: placeOf(element), hasAction });
}

function readTask(task: XmlElement): Pick<EnqueueRequest, 'attributes' | 'priority' | 'timeoutMs'> {
  refuseOthers(task, ['priority', 'timeout']);
  refuseChildren(task);
  const priority = wholeNumber(task, 'priority', { from: 0, to: 1000 });
  const timeout = wholeNumber(task, 'timeout', { from: 1, to: 1_209_600 });
  const text = textOf(task);
  return {
    ...(text === '' ? {} : { attributes: attributesOf(task, text) }),
    ...(priority === undefined ? {} : { priority }),
    ...(timeout === undefined ? {} : { timeoutMs: timeout * 1000 }),
  };
}

function attributesOf(task: XmlElement, text: string): NonNullable<EnqueueRequest['attributes']> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong(task, 'text', 'attributes as a JSON object');
  }
  return readAttributes(value, placeOf(task));
}
