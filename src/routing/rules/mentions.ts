const wordSign = /[\p{L}\p{N}_]/u;

/** Whether a text has the word (or words in a row) in it, however they are capitalised, and not as a part of another word. */
export function mentions(text: string, word: string): boolean {
  const [within, wanted] = [folded(text), folded(word).trim()];
  if (wanted === '') return false;
  for (let at = within.indexOf(wanted); at !== -1; at = within.indexOf(wanted, at + 1)) {
    const before = within.slice(0, at).at(-1) ?? ' ';
    const after = within.charAt(at + wanted.length);
    if (!wordSign.test(before) && !wordSign.test(after)) return true;
  }
  return false;
}

function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}
