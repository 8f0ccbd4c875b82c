import { arabic } from './arabic.ts';
import { english, type Texts } from './english.ts';
import { french } from './french.ts';
import { german } from './german.ts';
import { spanish } from './spanish.ts';

const languages: Readonly<Record<string, Texts>> = {
  en: english,
  de: german,
  fr: french,
  es: spanish,
  ar: arabic,
};

/** The language of the chat: its texts, its direction, and how it writes times and sizes. */
export interface Language {
  readonly tag: string;
  readonly direction: 'ltr' | 'rtl';
  text(key: keyof Texts, values?: Readonly<Record<string, string | number>>): string;
  time(at: number): string;
  day(at: number): string;
  size(bytes: number): string;
  number(value: number): string;
}

/** The first of the wished languages that there are texts for; else English. */
export function chooseLanguage(wished: readonly string[]): Language {
  const tag = wished.find(
    (each) => texts(each) !== undefined && Intl.DateTimeFormat.supportedLocalesOf(each).length > 0,
  );
  return language(tag ?? 'en');
}

function texts(tag: string): Texts | undefined {
  const base = tag.toLowerCase().split('-')[0] ?? '';
  return /^[a-z0-9-]+$/i.test(tag) && Object.hasOwn(languages, base) ? languages[base] : undefined;
}

function language(tag: string): Language {
  const ours = texts(tag) ?? english;
  const time = new Intl.DateTimeFormat(tag, { hour: 'numeric', minute: '2-digit' });
  const day = new Intl.DateTimeFormat(tag, { weekday: 'long', day: 'numeric', month: 'long' });
  const text: Language['text'] = (key, values = {}) =>
    ours[key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
  return {
    tag,
    direction: ours === arabic ? 'rtl' : 'ltr',
    text,
    time: (at) => time.format(at),
    day(at) {
      const daysAgo = Math.round((midnight(Date.now()) - midnight(at)) / 86_400_000);
      if (daysAgo === 0) return text('today');
      return daysAgo === 1 ? text('yesterday') : day.format(at);
    },
    size(bytes) {
      const large = bytes >= 1_048_576;
      return new Intl.NumberFormat(tag, {
        style: 'unit',
        unit: large ? 'megabyte' : 'kilobyte',
        maximumFractionDigits: large ? 1 : 0,
      }).format(large ? bytes / 1_048_576 : Math.max(1, bytes / 1024));
    },
    number: (value) => new Intl.NumberFormat(tag).format(value),
  };
}

function midnight(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}
