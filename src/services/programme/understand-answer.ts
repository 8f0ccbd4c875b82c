import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js';
import type { Content } from '../../message/message.ts';
import { understandChoice } from '../../message/understand-choice.ts';
import type { AnswerKind, JsonValue, Question } from '../instruction.ts';
import { choiceOf } from './choice-of.ts';
import { plainText } from './plain-word.ts';
import { readDate } from './read-date.ts';
import { readNumber } from './read-number.ts';
import { readYesNo } from './read-yes-no.ts';

/** Of a free answer, unless the question says otherwise; in UTF-16 code units. */
const longestFree = 2000;

/** What the customer means by a message that answers a question, as it is kept. Undefined where it is no such answer: a sticker is no number. */
export function understandAnswer(
  { name, answer: kind }: Pick<Question, 'name' | 'answer'>,
  content: Content,
  { language, now }: { readonly language: string; readonly now: number },
): JsonValue | undefined {
  if (kind.kind === 'choice' || kind.kind === 'yesno') return understandPick(name, kind, content, language);
  if (content.kind !== 'text' && content.kind !== 'chosen') return undefined;
  const written = content.kind === 'text' ? content.text : content.label;
  const text = plainText(written);
  if (text === '') return undefined;
  switch (kind.kind) {
    case 'free':
      return written.trim().length <= (kind.maxLength ?? longestFree) ? written.trim() : undefined;
    case 'number':
      return understandNumber(kind, text);
    case 'email':
      return /^(?:mailto:)?([^\s@<>,;:"]{1,64}@(?:[\p{L}\d](?:[\p{L}\d-]{0,61}[\p{L}\d])?\.)+[\p{L}]{2,63})$/iu.exec(
        text,
      )?.[1];
    case 'phone':
      return understandPhone(kind.country, text);
    case 'date':
      return readDate(text, language, now);
  }
}

function understandPick(
  name: string,
  kind: Extract<AnswerKind, { kind: 'choice' | 'yesno' }>,
  content: Content,
  language: string,
): JsonValue | undefined {
  const choice = choiceOf(name, '', kind, language);
  const id =
    content.kind === 'chosen'
      ? choice.options.find((option) => option.id === content.id)?.id
      : content.kind === 'text'
        ? understandChoice(choice, content.text)?.id
        : undefined;
  const picked = id?.slice(name.length + 1);
  if (kind.kind === 'choice') return picked;
  if (picked !== undefined) return picked === 'yes';
  return content.kind === 'text' ? readYesNo(content.text) : undefined;
}

function understandNumber(
  { min = -Infinity, max = Infinity, whole }: Extract<AnswerKind, { kind: 'number' }>,
  text: string,
): number | undefined {
  const number = readNumber(text);
  if (number === undefined || number < min || number > max) return undefined;
  return whole === true && !Number.isSafeInteger(number) ? undefined : number;
}

function understandPhone(country: string | undefined, text: string): string | undefined {
  if (text.length > 40) return undefined;
  const known = country !== undefined && isSupportedCountry(country) ? country : undefined;
  const number = parsePhoneNumberFromString(
    text.replace(/^(?:tel:|00)/, (start) => (start === '00' ? '+' : '')),
    known,
  );
  return number?.isPossible() === true ? number.number : undefined;
}
