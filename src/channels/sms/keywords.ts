/** What Twilio itself acts on by default: after a word of the first list it refuses our messages with 21610; it answers the last by itself. */
export const defaultKeywords = {
  optOut: ['STOP', 'STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'OPTOUT', 'REVOKE'],
  optIn: ['START', 'UNSTOP'],
  help: ['HELP', 'INFO'],
} as const;

/** Opts in again, but only somebody who had opted out: otherwise it is an answer to something else. */
const optInAfterOptOut = 'YES';

export interface KeywordLists {
  readonly optOutWords: readonly string[];
  readonly optInWords: readonly string[];
  readonly helpWords: readonly string[];
}

/**
 * What a customer's text says about consent: only if it is one of the words and nothing else, in any case. `optOutType` is
 * Twilio's own judgement (Advanced Opt-Out), which counts more. Asking for help changes nothing, but is part of the record of consent.
 */
export function consentIn(
  text: string,
  optOutType: string | undefined,
  lists: KeywordLists,
  hadOptedOut: boolean,
): 'optedOut' | 'optedIn' | 'helpAsked' | undefined {
  if (optOutType === 'STOP') return 'optedOut';
  if (optOutType === 'START') return 'optedIn';
  if (optOutType === 'HELP') return 'helpAsked';
  const word = text.trim().toUpperCase();
  const listed = (words: readonly string[]): boolean => words.some((each) => each.toUpperCase() === word);
  if (listed(lists.optOutWords)) return 'optedOut';
  if (listed(lists.optInWords) || (hadOptedOut && word === optInAfterOptOut)) return 'optedIn';
  return listed(lists.helpWords) ? 'helpAsked' : undefined;
}
