import type { ChoiceContent, ChosenContent } from './message.ts';

/** A choice as people read it where there are no buttons. */
export function choiceAsMenu(choice: ChoiceContent): string {
  const lines = choice.options.map((option, index) => `${index + 1}. ${option.label}`);
  return [choice.text, ...lines].filter((line) => line.trim() !== '').join('\n');
}

/**
 * What somebody who saw the numbered menu means by a text: a number (`2`, `2.`, `#2`, `(2)`, full-width, Arabic or Indic
 * digits, a keycap), a label in any case, or both. Undefined where it is none of them, or could be two.
 */
export function understandChoice(choice: ChoiceContent, text: string): ChosenContent | undefined {
  const said = normalise(text.slice(0, 1000));
  if (said === '') return undefined;
  const meant = new Set<number>();
  const number = /^[#(]{0,2}(\d{1,4})[.):]{0,2}$/.exec(said)?.[1];
  if (number !== undefined) meant.add(Number(number) - 1);
  const labels = choice.options.map((option) => normalise(option.label));
  for (const [index, label] of labels.entries()) {
    const numbered = /^#?(\d{1,4})[.):]? (.+)$/.exec(said);
    const both = numbered !== null && Number(numbered[1]) === index + 1 && numbered[2] === label;
    if (label !== '' && (said === label || both)) meant.add(index);
  }
  const chosen = [...meant].map((index) => choice.options[index]).filter((option) => option !== undefined);
  const [only] = chosen;
  return chosen.length === 1 && only !== undefined
    ? { kind: 'chosen', id: only.id, label: only.label }
    : undefined;
}

/** Code points of zero in the scripts that have digits of their own and many writers. */
const zeros = [0x660, 0x6f0, 0x966, 0x9e6, 0xe50];

function normalise(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe0f\ufeff\u20e3]/g, '')
    .replace(/\p{Nd}/gu, (digit) => {
      const codePoint = digit.codePointAt(0) ?? 0;
      const zero = zeros.find((z) => codePoint >= z && codePoint < z + 10);
      return zero === undefined ? digit : String(codePoint - zero);
    })
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/(?<=[^\d\s])[.!]$/, '');
}
