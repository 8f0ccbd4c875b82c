import { as, type QueueId } from '../../platform/ids.ts';
import { AnswerFault, shownName } from './answer-fault.ts';

/** What is needed to understand an answer beyond the answer itself. */
export interface AnswerContext {
  /** Where it came from: relative URLs in it start there. */
  readonly url: string;
  /** The tenant's queue with this id, or else with this name. */
  readonly queueNamed: (name: string) => QueueId | undefined;
  /** The queue of the line that the customer wrote to. */
  readonly queue: QueueId;
  /** A queue that there is not is refused, also where an `action` would hear of it. Default: only without one. */
  readonly refusesGoneQueues?: boolean;
}

const longestUrl = 2048;
const longestQueueName = 200;

/**
 * The queue that an `enqueue` names. One that there is not is for its `action`, which hears `error`; without one the answer cannot be used.
 * @throws {AnswerFault} `where` names the place in the answer
 */
export function queueToEnter(
  context: AnswerContext,
  name: string,
  { where, hasAction = false }: { readonly where: string; readonly hasAction?: boolean },
): QueueId {
  const queue = context.queueNamed(name);
  if (queue !== undefined) return queue;
  if (hasAction && context.refusesGoneQueues !== true) return as(name.slice(0, longestQueueName));
  throw new AnswerFault(`${where}: there is no queue ${shownName(name)}.`);
}

/** @throws {AnswerFault} `where` names the place in the answer */
export function resolveUrl(context: AnswerContext, value: string, where: string): string {
  const url = value.length <= longestUrl ? URL.parse(value.trim(), context.url) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw new AnswerFault(`${where}: found something else, expected an http or https URL.`);
  if (url.username !== '' || url.password !== '')
    throw new AnswerFault(`${where}: found a URL with a user name, expected one without.`);
  return url.href;
}
