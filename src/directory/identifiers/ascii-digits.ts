/** Digits of any script as 0 to 9. Each script has its ten in a row. */
export function withAsciiDigits(text: string): string {
  return text.replace(/\P{ASCII}/gu, (character) =>
    /^\p{Nd}$/u.test(character) ? String(valueOf(character.codePointAt(0) ?? 0)) : character,
  );
}

function valueOf(codePoint: number): number {
  let first = codePoint;
  while (/^\p{Nd}$/u.test(String.fromCodePoint(first - 1))) first -= 1;
  return (codePoint - first) % 10;
}
