const wordSign = /[\p{L}\p{N}_]/u;

/** So much of a text is looked at, whatever an application put into it. */
const longestText = 2000;

/**
 * Whether a text has one of these words (or words in a row) in it, however they are capitalised, and not as a part of another word.
 */
export function mentions(text: string, words: readonly string[]): boolean {
  const within = folded(text.slice(0, longestText));
  return words.some((word) => has(within, folded(word).trim()));
}

function has(within: string, wanted: string): boolean {
  if (wanted === '') return false;
  for (let at = within.indexOf(wanted); at !== -1; at = within.indexOf(wanted, at + 1)) {
    const before = at === 0 ? ' ' : within.charAt(at - 1);
    const after = within.charAt(at + wanted.length);
    if (!wordSign.test(before) && !wordSign.test(after)) return true;
  }
  return false;
}

function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}
