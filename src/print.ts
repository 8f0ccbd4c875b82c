/**
 * Writes to the terminal of whoever called a command. Reasons and ids may have been chosen by strangers: control characters, which a
 * terminal would obey, are written as `\u001b`.
 */
export function print(text: string): void {
  console.log(printable(text));
}

export function printable(text: string): string {
  return text.replace(
    /(?!\n)[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
