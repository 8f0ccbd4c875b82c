/**
 * A number as people write it: `1200`, `1,200.50`, `1.200,50`, `1 200`, `1'200`, `-3`. With one separator only, three digits behind it
 * mean thousands if it may be that (`1,200`, never `0,125`), else it is the decimal one. Undefined where it is none.
 */
export function readNumber(text: string): number | undefined {
  const said = text
    .replace(/[\u00a0\u202f]/g, ' ')
    .replace(/[\u2212\u2013]/g, '-')
    .trim();
  const [, sign = '', digits = ''] = /^([+-]?) ?(\d[\d.,' ]{0,39})$/.exec(said) ?? [];
  if (digits === '') return undefined;
  const plain = digits.replace(/[' ](?=\d{3}(?:\D|$))/g, '').trim();
  if (/[' ]/.test(plain)) return undefined;
  const number = readPlain(plain);
  return number === undefined ? undefined : (sign === '-' ? -1 : 1) * number;
}

function readPlain(digits: string): number | undefined {
  if (/^\d+$/.test(digits)) return finite(digits);
  const decimal = decimalOf(digits);
  const [whole = '', fraction = ''] =
    decimal === undefined ? [digits] : splitAt(digits, digits.lastIndexOf(decimal));
  const isGrouped = /^\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*$/.test(whole);
  if (!/^\d+$/.test(whole) && !isGrouped) return undefined;
  if (decimal !== undefined && !/^\d+$/.test(fraction)) return undefined;
  return finite(`${whole.replaceAll(/[.,]/g, '')}.${fraction === '' ? '0' : fraction}`);
}

function decimalOf(digits: string): '.' | ',' | undefined {
  const last = digits.lastIndexOf('.') > digits.lastIndexOf(',') ? '.' : ',';
  const other = last === '.' ? ',' : '.';
  if (digits.includes(other)) return last;
  if (digits.indexOf(last) !== digits.lastIndexOf(last)) return undefined;
  return /^[1-9]\d{0,2}[.,]\d{3}$/.test(digits) ? undefined : last;
}

function splitAt(text: string, index: number): [string, string] {
  return [text.slice(0, index), text.slice(index + 1)];
}

function finite(text: string): number | undefined {
  const number = Number(text);
  return Number.isFinite(number) && Math.abs(number) <= Number.MAX_SAFE_INTEGER ? number : undefined;
}
