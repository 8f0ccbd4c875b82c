import { untilStable } from './until-stable.ts';

/** Accents of Latin, Greek and Cyrillic letters; the vowel signs of other scripts are letters, and stay. */
const accents = /[\u0300-\u036f]/g;
/** What cannot be seen, or only turns the direction of writing. */
const invisible =
  /[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]/g;

/**
 * What comes along when a number or an address is copied and means nothing in it: marks of the direction of writing, blanks without width. Not
 * the joiners, which tell one domain name from another.
 */
const copiedAlong = /[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/g;

export function withoutCopiedMarks(text: string): string {
  return text.replace(copiedAlong, '');
}

/** One form of a text in whichever case, width and composition it is written, with accents or without. Done again, it changes nothing. */
export function foldText(text: string): string {
  return untilStable(text, foldOnce);
}

function foldOnce(text: string): string {
  return text
    .normalize('NFKD')
    .replace(invisible, '')
    .replace(accents, '')
    .toUpperCase()
    .toLowerCase()
    .replaceAll('ς', 'σ')
    .normalize('NFKD')
    .replace(accents, '')
    .normalize('NFKC');
}

/** Words of a folded text, without what stands between them. */
export function wordsOf(folded: string): string[] {
  return folded.split(/[^\p{L}\p{M}\p{N}&+@]+/u).filter((word) => word !== '');
}
