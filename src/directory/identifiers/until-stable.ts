/** More rounds than any text needs; nobody can send one that turns in circles. */
const mostRounds = 10;

/** What comes of a text when it is tidied until that changes nothing any more. */
export function untilStable(text: string, tidy: (text: string) => string): string {
  let tidied = text;
  for (let round = 0; round < mostRounds; round += 1) {
    const next = tidy(tidied);
    if (next === tidied) return tidied;
    tidied = next;
  }
  return tidied;
}
