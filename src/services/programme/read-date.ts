/** Where the month comes first in `3/4/2026`. */
const monthFirst = new Set(['US', 'PH', 'FM', 'PW', 'MH', 'GU', 'AS', 'PR', 'VI', 'MP']);
const yearFirst = /^(\d{4})[-./ ](\d{1,2})[-./ ](\d{1,2})\.?$/;
const yearLast = /^(\d{1,2})[-./ ]{1,2}(\d{1,2})[-./ ]{1,2}(\d{4}|\d{2})$/;
/** `4 March 2026`, `4. März 2026`, `4 de marzo de 2026`; `March 4, 2026`. */
const dayMonthName =
  /^(\d{1,2})(?:\.|st|nd|rd|th|er|º)?,? (?:de |di |d['’])?([\p{L}.]{3,20}),? (?:de |del )?(\d{4})$/iu;
const monthNameDay = /^([\p{L}.]{3,20}) (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})$/iu;

/** A day as people write it, as YYYY-MM-DD; which of two numbers is the month, the language's country says. Undefined where there is no such day. */
export function readDate(text: string, language: string, now: number): string | undefined {
  const ordered = yearFirst.exec(text);
  if (ordered !== null) return day(Number(ordered[1]), Number(ordered[2]), Number(ordered[3]));
  const written = yearLast.exec(text);
  if (written !== null) {
    const [first, second] = [Number(written[1]), Number(written[2])];
    const year = fullYear(written[3] ?? '', now);
    const [month, date] = isMonthFirst(language) && !text.includes('.') ? [first, second] : [second, first];
    // Where it can be only one of the two, it is that one, whatever is usual.
    return day(year, month, date) ?? (text.includes('.') ? undefined : day(year, date, month));
  }
  const named = dayMonthName.exec(text);
  if (named !== null) return namedDay(named[3], named[2], named[1], language);
  const american = monthNameDay.exec(text);
  return american === null ? undefined : namedDay(american[3], american[1], american[2], language);
}

function isMonthFirst(language: string): boolean {
  const [, ...parts] = language.split(/[-_]/);
  return parts.some((part) => monthFirst.has(part.toUpperCase()));
}

/** Two digits are the year nearest to now that ends so. */
function fullYear(digits: string, now: number): number {
  if (digits.length === 4) return Number(digits);
  const thisYear = new Date(now).getUTCFullYear();
  const inThisCentury = Math.floor(thisYear / 100) * 100 + Number(digits);
  return [inThisCentury - 100, inThisCentury, inThisCentury + 100].reduce((best, year) =>
    Math.abs(year - thisYear) < Math.abs(best - thisYear) ? year : best,
  );
}

function namedDay(
  year: string | undefined,
  month: string | undefined,
  date: string | undefined,
  language: string,
): string | undefined {
  const number = monthOf(month ?? '', language) ?? monthOf(month ?? '', 'en');
  return number === undefined ? undefined : day(Number(year), number, Number(date));
}

function monthOf(written: string, language: string): number | undefined {
  const wanted = fold(written);
  if (wanted.length < 3) return undefined;
  const found = monthNames(language)
    .map((name, index) => ({ name, month: index + 1 }))
    .filter(({ name }) => name.startsWith(wanted));
  return found.length === 1 ? found[0]?.month : undefined;
}

const names = new Map<string, readonly string[]>();

function monthNames(language: string): readonly string[] {
  const known = names.get(language);
  if (known !== undefined) return known;
  const supported = Intl.DateTimeFormat.supportedLocalesOf([language.slice(0, 35)].filter(isLocale));
  const format = new Intl.DateTimeFormat(supported[0] ?? 'en', {
    day: 'numeric',
    month: 'long',
    timeZone: 'UTC',
  });
  const made = Array.from({ length: 12 }, (_, month) =>
    fold(format.formatToParts(Date.UTC(2026, month, 1)).find(({ type }) => type === 'month')?.value ?? ''),
  );
  if (names.size < 100) names.set(language, made);
  return made;
}

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

function fold(word: string): string {
  return word
    .normalize('NFD')
    .replace(/[\p{M}.]/gu, '')
    .toLowerCase();
}

function day(year: number, month: number, date: number): string | undefined {
  const at = new Date(Date.UTC(year, month - 1, date));
  at.setUTCFullYear(year, month - 1, date);
  const exists = at.getUTCMonth() === month - 1 && at.getUTCDate() === date && year >= 1800 && year <= 2200;
  return exists ? at.toISOString().slice(0, 10) : undefined;
}
