import { plainWord } from './plain-word.ts';

/** By language: how the two answers are offered. */
const labels: Readonly<Record<string, { readonly yes: string; readonly no: string }>> = {
  en: { yes: 'Yes', no: 'No' },
  es: { yes: 'Sí', no: 'No' },
  pt: { yes: 'Sim', no: 'Não' },
  fr: { yes: 'Oui', no: 'Non' },
  de: { yes: 'Ja', no: 'Nein' },
  nl: { yes: 'Ja', no: 'Nee' },
  it: { yes: 'Sì', no: 'No' },
  pl: { yes: 'Tak', no: 'Nie' },
  cs: { yes: 'Ano', no: 'Ne' },
  tr: { yes: 'Evet', no: 'Hayır' },
  sv: { yes: 'Ja', no: 'Nej' },
  ru: { yes: 'Да', no: 'Нет' },
  uk: { yes: 'Так', no: 'Ні' },
  ar: { yes: 'نعم', no: 'لا' },
  hi: { yes: 'हाँ', no: 'नहीं' },
  zh: { yes: '是', no: '否' },
  ja: { yes: 'はい', no: 'いいえ' },
};

/** Beyond the labels; none of them means the other in any of the languages. */
const alsoYes = [
  'y',
  'yeah',
  'yep',
  'yup',
  'sure',
  'ok',
  'okay',
  'si',
  'oui',
  'jawohl',
  'ouais',
  'hai',
  'evet',
  '👍',
  '✅',
  'हां',
  '是的',
  '好',
];
const alsoNo = ['n', 'nope', 'nah', 'nao', 'nei', 'hayir', '👎', '❌', '不', '不是'];
const yes: ReadonlySet<string> = new Set([
  ...Object.values(labels).map((each) => plainWord(each.yes)),
  ...alsoYes,
]);
const no: ReadonlySet<string> = new Set([
  ...Object.values(labels).map((each) => plainWord(each.no)),
  ...alsoNo,
]);

export function yesNoLabels(language: string): { readonly yes: string; readonly no: string } {
  const [base = ''] = language.toLowerCase().split(/[-_]/);
  return labels[base] ?? { yes: 'Yes', no: 'No' };
}

/** Undefined where it is neither. */
export function readYesNo(text: string): boolean | undefined {
  const bare = text.trim().replace(/\ufe0f/g, '');
  const words = [plainWord(bare), bare];
  if (words.some((word) => yes.has(word))) return true;
  return words.some((word) => no.has(word)) ? false : undefined;
}
