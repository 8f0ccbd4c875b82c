import { foldText } from './fold-text.ts';
import { untilStable } from './until-stable.ts';

/** How the words of addresses are shortened, by what people write. */
const shortened: Readonly<Record<string, string>> = {
  strasse: 'str',
  street: 'st',
  avenue: 'ave',
  av: 'ave',
  road: 'rd',
  boulevard: 'blvd',
  drive: 'dr',
  lane: 'ln',
  square: 'sq',
  court: 'ct',
  highway: 'hwy',
  suite: 'ste',
  apartment: 'apt',
  floor: 'fl',
  platz: 'pl',
  place: 'pl',
  north: 'n',
  south: 's',
  east: 'e',
  west: 'w',
  postfach: 'box',
  pobox: 'box',
};
/** Says nothing that the number behind it does not say. */
const idle = new Set(['no', 'nr', 'number', 'nummer', 'numero']);

/** An address as it is compared: one case, the usual abbreviations, no punctuation. `Hauptstraße 5 a` is `Haupt-Str. 5a`. */
export function normalisePostalAddress(written: string): string | undefined {
  const address = untilStable(written, (text) => once(foldText(text)));
  return address === '' || address.length > 500 ? undefined : address;
}

function once(folded: string): string {
  const words = folded
    .replace(/['’`]/g, '')
    .replace(/\bp\.?\s?o\.?\s?box\b/g, 'box')
    // The country in front of a postal code.
    .replace(/(?<![\p{L}\p{N}])[a-z]{1,2}-(?=\d{4,5}(?!\d))/gu, '')
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .filter((word) => word !== '' && !idle.has(word))
    .map(shorten);
  return joined(words).join(' ');
}

function shorten(word: string): string {
  const known = Object.hasOwn(shortened, word) ? shortened[word] : undefined;
  return known ?? word.replace(/(?<=\p{L}{2})strasse$/u, 'str').replace(/(?<=\p{L}{3})platz$/u, 'pl');
}

/** `haupt str` is `hauptstr`, and `5 a` is `5a`. */
function joined(words: readonly string[]): string[] {
  const all: string[] = [];
  for (const word of words) {
    const last = all.at(-1);
    const isStreet = (word === 'str' || word === 'pl') && last !== undefined && /^\p{L}{2,}$/u.test(last);
    const isOfNumber = /^[a-z]$/.test(word) && last !== undefined && /^\d{1,4}$/.test(last);
    if (isStreet || isOfNumber) all[all.length - 1] = `${last}${word}`;
    else all.push(word);
  }
  return all;
}
