/** Code points of zero in the scripts that have digits of their own and many writers. */
const zeros = [0x660, 0x6f0, 0x966, 0x9e6, 0xe50];

/** A text as it is compared: in one case, with ASCII digits, without what people put around a word. */
export function plainWord(text: string): string {
  return plainText(text)
    .toLowerCase()
    .replace(/^[\s\p{P}\p{S}]+|[\s\p{P}\p{S}]+$/gu, '');
}

/** One line with ASCII digits and nothing invisible. */
export function plainText(text: string): string {
  return text
    .slice(0, 10_000)
    .normalize('NFKC')
    .replace(/[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe0f\ufeff\u20e3]/g, '')
    .replace(/\p{Nd}/gu, (digit) => {
      const codePoint = digit.codePointAt(0) ?? 0;
      const zero = zeros.find((first) => codePoint >= first && codePoint < first + 10);
      return zero === undefined ? digit : String(codePoint - zero);
    })
    .replace(/\s+/g, ' ')
    .trim();
}
