/** At most so many characters, the last an ellipsis where some were cut. */
export function cut(text: string, longest: number): string {
  const characters = Array.from(text.toWellFormed());
  return characters.length <= longest ? characters.join('') : `${characters.slice(0, longest - 1).join('')}…`;
}
