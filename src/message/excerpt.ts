const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** No grapheme that a person writes has more code units than this. */
const longestGrapheme = 32;

/**
 * How a text begins, on one line, for quotes and notices: what it quotes itself left out, cut to `length` graphemes with an
 * ellipsis. Never throws.
 */
export function excerpt(text: string, length = 80): string {
  const enough = (length + 1) * longestGrapheme;
  const lines = text.slice(0, enough * 4).split(/\r\n?|\n/);
  const own = lines.filter((line) => !line.startsWith('>'));
  const line = (own.some((l) => l.trim() !== '') ? own : lines).join(' ').replace(/\s+/g, ' ').trim();
  const cut = line.slice(0, enough).replace(/[\ud800-\udbff]$/, '');
  let count = 0;
  for (const { index } of graphemes.segment(cut)) {
    if (count === length) return `${cut.slice(0, index).trimEnd()}…`;
    count += 1;
  }
  return cut.length < line.length ? `${cut}…` : cut;
}
