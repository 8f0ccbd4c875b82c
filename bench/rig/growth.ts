/** One thing that must not grow, minute by minute. */
export interface Series {
  readonly name: string;
  readonly values: readonly number[];
  /**
   * `typical`: what it usually is must not grow. `least`: it goes up and down with the load, and what is never given back shows in
   * its least values.
   */
  readonly judgedBy: 'typical' | 'least';
  /** Share of the first that the last may be more, and how much of it is too little to count. */
  readonly allowed: { readonly share: number; readonly atLeast: number };
}

export interface Verdict {
  readonly name: string;
  readonly first: number;
  readonly last: number;
  readonly grew: boolean;
}

/** Compares the first third with the last one; fewer than three values tell nothing. */
export function judgeGrowth({ name, values, judgedBy, allowed }: Series): Verdict {
  const third = Math.max(1, Math.floor(values.length / 3));
  const of = (part: readonly number[]): number => (judgedBy === 'least' ? Math.min(...part) : median(part));
  const first = of(values.slice(0, third));
  const last = of(values.slice(-third));
  return { name, first, last, grew: last - first > Math.max(first * allowed.share, allowed.atLeast) };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}
