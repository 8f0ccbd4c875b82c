/**
 * What is wrong with an application's answer, in words for whoever writes the application: where it is, what was found, what was
 * expected. Shown to agents too; never quotes more of the answer than names of verbs, attributes and queues.
 */
export class AnswerFault extends Error {
  override readonly name = 'AnswerFault';
}

const longestName = 64;

/** A name out of an answer as it may be shown. */
export function shownName(name: string): string {
  return name.slice(0, longestName).replaceAll(/[^\p{L}\p{N} ._:-]/gu, '?');
}
