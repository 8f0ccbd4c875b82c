import type { Owner } from '../../directory/identifiers/identifier-index.ts';
import { withoutCopiedMarks, wordsOf } from '../../directory/identifiers/fold-text.ts';

/** To whom a text belongs that names somebody. */
export type Found =
  | { readonly outcome: 'hit'; readonly owner: Owner }
  /** `isSure` false: a name stands in a sentence, and may be just a word of it. */
  | { readonly outcome: 'ambiguous'; readonly owners: readonly Owner[]; readonly isSure: boolean }
  | { readonly outcome: 'unknown' };

/** Everybody whom an identifier may mean. */
export type Resolve = (written: string) => readonly Owner[];

const longestWhole = 200;
/** Who names somebody does so early; the search must not take long in what somebody made for that. */
const longestSearched = 2000;
const mostWords = 80;
const longestName = 5;
const most = 9;
/** What has the shape of an e-mail address, a web address, a phone number, or a name with a sign in front. */
const shaped =
  /(?:https?:\/\/\S+)|(?:[^\s@<>(),;]+@[^\s@<>(),;]+)|(?:[#@][\p{L}\p{N}_.-]{2,60})|(?:\+?\d[\d ().\-/\u2010-\u2015]{5,24}\d)|(?:(?:[\p{L}\p{N}-]+\.)+\p{L}{2,24}(?:\/\S*)?)/gu;

/** The whole text first; then words in it that look like identifiers; then names among its words. */
export function findOwners(text: string, resolve: Resolve): Found {
  const whole = wholeText(text, resolve);
  if (whole.outcome !== 'unknown') return whole;
  const searched = withoutCopiedMarks(text.slice(0, longestSearched)).normalize('NFKC');
  const words = (searched.match(shaped) ?? []).slice(0, mostWords);
  const named = outcomeOf(unique(words.flatMap((word) => resolve(withoutEnd(word)))), true);
  return named.outcome === 'unknown' ? outcomeOf(unique(phrasesOf(text).flatMap(resolve)), false) : named;
}

/** Of a text that says nothing else. */
export function wholeText(text: string, resolve: Resolve): Found {
  const said = text.trim();
  return said === '' || said.length > longestWhole
    ? { outcome: 'unknown' }
    : outcomeOf(unique(resolve(said)), true);
}

function outcomeOf(owners: readonly Owner[], isSure: boolean): Found {
  const [only] = owners;
  if (only === undefined) return { outcome: 'unknown' };
  if (owners.length === 1 && isSure) return { outcome: 'hit', owner: only };
  return { outcome: 'ambiguous', owners: owners.slice(0, most), isSure };
}

function phrasesOf(text: string): string[] {
  const words = wordsOf(text.slice(0, longestSearched)).slice(0, mostWords);
  return words.flatMap((_, from) =>
    Array.from({ length: longestName }, (__, more) => words.slice(from, from + more + 1))
      .filter((phrase, index) => phrase.length === index + 1)
      .map((phrase) => phrase.join(' '))
      .filter((phrase) => phrase.length > 2),
  );
}

function withoutEnd(word: string): string {
  return word.replace(/[.,;:!?)\]>"'’”»]+$/u, '');
}

/** One a tenant; of several services of it, the tenant itself. */
function unique(owners: readonly Owner[]): Owner[] {
  const byTenant = new Map<string, Owner>();
  for (const owner of owners) {
    const before = byTenant.get(owner.tenant);
    const isSame = before === undefined || before.service === owner.service;
    byTenant.set(owner.tenant, isSame ? owner : { tenant: owner.tenant });
  }
  return [...byTenant.values()];
}
