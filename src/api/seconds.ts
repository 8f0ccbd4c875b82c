/** Milliseconds as the seconds of our answers, to a thousandth. */
export function secondsOf(ms: number): number {
  return Math.round(ms) / 1000;
}
