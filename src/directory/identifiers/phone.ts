import { parsePhoneNumberFromString } from 'libphonenumber-js';
import { withoutCopiedMarks } from './fold-text.ts';
import { untilStable } from './until-stable.ts';
import { withAsciiDigits } from './ascii-digits.ts';

const looksLikePhone = /^\+?[\d\s().\-/\u2010-\u2015]{5,40}$/;

/** In E.164. Without `+` or `00` in front, the digits are taken for an international number. */
export function normalisePhone(written: string): string | undefined {
  const text = withAsciiDigits(withoutCopiedMarks(written).normalize('NFKC')).trim().replace(/^tel:/i, '');
  if (!looksLikePhone.test(text)) return undefined;
  const number = numberOf(text.startsWith('+') ? text : `+${text.replace(/^00/, '')}`);
  // What is left when a trunk prefix is taken away may begin with another: until there is none.
  return number === undefined ? undefined : untilStable(number, (last) => numberOf(last) ?? last);
}

function numberOf(text: string): string | undefined {
  const phone = parsePhoneNumberFromString(text);
  return phone?.isPossible() === true ? phone.number : undefined;
}
