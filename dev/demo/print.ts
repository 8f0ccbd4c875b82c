const started = performance.now();
const colours = process.stdout.isTTY;

function paint(code: number, text: string): string {
  return colours ? `\u001b[${String(code)}m${text}\u001b[0m` : text;
}

function stamp(): string {
  return paint(2, `${((performance.now() - started) / 1000).toFixed(2).padStart(7)} s`);
}

/** A step of the set-up. */
export function step(text: string): void {
  console.log(`${stamp()}  ${text}`);
}

export function heading(text: string): void {
  console.log(`\n${paint(1, text)}`);
}

/** One side's view of a conversation: who, in which app, and what. */
export function line(who: string, where: string, text: string): void {
  console.log(`${stamp()}  ${who.padEnd(18)} ${paint(2, where.padEnd(9))} ${text}`);
}
