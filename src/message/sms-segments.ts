/** The default alphabet of 3GPP TS 23.038, one septet each. */
const basic = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
    '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);

/** Its extension table: an escape and a septet, which must stay in one segment. */
const extension = new Set('\f^{}\\[~]|€');

export interface SmsSegments {
  readonly encoding: 'gsm7' | 'ucs2';
  /** How many segments it takes, and is paid for; 0 for an empty text. */
  readonly segments: number;
  /** Septets of GSM-7, or 16-bit units of UCS-2. */
  readonly units: number;
  /** How many units each segment holds: fewer where a header says which part it is. */
  readonly perSegment: number;
}

const sizes = { gsm7: { single: 160, part: 153 }, ucs2: { single: 70, part: 67 } } as const;

/** How a text goes out by SMS (3GPP TS 23.038 and 23.040, concatenation with an 8-bit reference). */
export function countSegments(text: string): SmsSegments {
  const characters = Array.from(text);
  const encoding = characters.every((c) => basic.has(c) || extension.has(c)) ? 'gsm7' : 'ucs2';
  const unitsOf = (character: string): number =>
    encoding === 'ucs2' ? character.length : extension.has(character) ? 2 : 1;
  const units = characters.reduce((sum, character) => sum + unitsOf(character), 0);
  const { single, part } = sizes[encoding];
  if (units <= single) return { encoding, segments: units === 0 ? 0 : 1, units, perSegment: single };

  let segments = 1;
  let used = 0;
  for (const character of characters) {
    const needed = unitsOf(character);
    if (used + needed > part) {
      segments += 1;
      used = 0;
    }
    used += needed;
  }
  return { encoding, segments, units, perSegment: part };
}
