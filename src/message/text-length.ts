import type { Capabilities } from './capabilities.ts';

export type TextUnit = Capabilities['text']['unit'];

/** How long a text is: Unicode code points, UTF-16 code units, or bytes of UTF-8 (a lone surrogate: those of U+FFFD). */
export function textLength(text: string, unit: TextUnit): number {
  if (unit === 'utf16') return text.length;
  let length = 0;
  for (let at = 0; at < text.length; at += codePointUnits(text, at))
    length += codePointLength(text, at, unit);
  return length;
}

/** Whether a text is certainly no longer than allowed, without looking at each character. */
export function surelyFits(text: string, limit: number, unit: TextUnit): boolean {
  return text.length * (unit === 'bytes' ? 3 : 1) <= limit;
}

export function fits(text: string, limit: number, unit: TextUnit): boolean {
  return surelyFits(text, limit, unit) || textLength(text, unit) <= limit;
}

/** The furthest index from `start` on so that the text between is no longer than allowed; never between two surrogates. */
export function furthestFit(text: string, start: number, limit: number, unit: TextUnit): number {
  let length = 0;
  let at = start;
  while (at < text.length) {
    length += codePointLength(text, at, unit);
    if (length > limit) break;
    at += codePointUnits(text, at);
  }
  return at;
}

/** UTF-16 code units of the code point at an index: 1 or 2. */
export function codePointUnits(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

function codePointLength(text: string, at: number, unit: TextUnit): number {
  if (unit === 'characters') return 1;
  const codePoint = text.codePointAt(at) ?? 0;
  if (unit === 'utf16') return codePoint > 0xffff ? 2 : 1;
  return codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
}
