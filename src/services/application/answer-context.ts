import type { QueueId } from '../../platform/ids.ts';
import { AnswerFault } from './answer-fault.ts';

/** What is needed to understand an answer beyond the answer itself. */
export interface AnswerContext {
  /** Where it came from: relative URLs in it start there. */
  readonly url: string;
  /** The tenant's queue with this id, or else with this name. */
  readonly queueNamed: (name: string) => QueueId | undefined;
  /** The queue of the line that the customer wrote to. */
  readonly queue: QueueId;
}

const longestUrl = 2048;

/** @throws {AnswerFault} `where` names the place in the answer */
export function resolveUrl(context: AnswerContext, value: string, where: string): string {
  const url = value.length <= longestUrl ? URL.parse(value.trim(), context.url) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw new AnswerFault(`${where}: found something else, expected an http or https URL.`);
  if (url.username !== '' || url.password !== '')
    throw new AnswerFault(`${where}: found a URL with a user name, expected one without.`);
  return url.href;
}
