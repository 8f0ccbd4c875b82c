import { codePointUnits, fits, furthestFit, type TextUnit } from './text-length.ts';

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const words = new Intl.Segmenter(undefined, { granularity: 'word' });

/** No unit has a character longer than this; a smaller limit counts as this. */
const smallestLimit = 4;

/** How far beyond a cut one must look to know whether it would fall inside a grapheme. */
const lookAhead = 64;

/**
 * Cuts a text that is too long into parts no longer than `limit`: between paragraphs, else lines, else sentences, else words, else graphemes;
 * inside a grapheme only if it alone is longer than allowed. White space at a cut and at the ends goes; nothing else does. Never throws, and
 * never gives an empty part (so nothing at all for a text of white space that is too long).
 */
export function splitText(text: string, limit: number, unit: TextUnit): string[] {
  const allowed = Math.max(limit, smallestLimit);
  if (fits(text, allowed, unit)) return text === '' ? [] : [text];
  const parts: string[] = [];
  let at = 0;
  for (;;) {
    at = afterSpace(text, at);
    if (at >= text.length) return parts;
    const furthest = furthestFit(text, at, allowed, unit);
    const end = furthest >= text.length ? text.length : cutBefore(text, at, furthest);
    const part = text.slice(at, end).trimEnd();
    if (part !== '') parts.push(part);
    at = end;
  }
}

/** Where to cut so that the part from `start` on ends at `furthest` at the latest. */
function cutBefore(text: string, start: number, furthest: number): number {
  const window = text.slice(start, furthest + lookAhead);
  const end = furthest - start;
  const boundaries = graphemes.segment(window);
  const isWhole = (at: number): boolean => at >= window.length || boundaries.containing(at)?.index === at;
  const enough = Math.floor(end / 3);
  // A cut at white space: before it and after it must each be whole, for a combining mark can follow a space.
  const clean = (at: number): boolean => isWhole(at) && isWhole(afterSpace(window, at));

  for (const [pattern, from] of [
    [/\n[^\S\n]*\n/g, enough],
    [/\n/g, enough],
    [/([.!?…]['"’”»)\]]*(?=\s)|[。！？])/g, enough],
    [/\s+/g, 0],
  ] as const) {
    let last: number | undefined;
    for (const match of window.slice(0, end + 1).matchAll(pattern)) {
      const at = match.index + (match[1]?.length ?? 0);
      if (at > from && at <= end && clean(at)) last = at;
    }
    if (last !== undefined) return start + last;
  }

  const word = words.segment(window).containing(end)?.index ?? 0;
  if (word > enough && isWhole(word)) return start + word;
  const grapheme = isWhole(end) ? end : (boundaries.containing(end)?.index ?? 0);
  return start + (grapheme > 0 ? grapheme : Math.max(end, codePointUnits(text, start)));
}

/** What joins with the character in front of it to one grapheme. */
const extender = /^[\p{M}\p{Emoji_Modifier}\u200c\u200d\uff9e\uff9f\u{e0020}-\u{e007f}]/u;

/** The end of the white space that begins at an index, but for a space that carries a combining mark. */
function afterSpace(text: string, at: number): number {
  let next = at;
  while (next < text.length && /\s/.test(text[next] ?? '')) next += 1;
  return next > at && extender.test(text.slice(next, next + 2)) ? next - 1 : next;
}
