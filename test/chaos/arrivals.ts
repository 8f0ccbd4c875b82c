import type { Seen } from './checker.ts';

/** How long messages were under way: from when they were acknowledged to when they stood on the other side. */
export interface Arrivals {
  acknowledged(text: string): void;
  /** Looks at what there is now. */
  look(seen: readonly Seen[]): void;
  /** The longest of those that arrived, milliseconds. */
  readonly longestMs: number;
}

export function createArrivals(): Arrivals {
  const waiting = new Map<string, number>();
  const early = new Set<string>();
  let looked = 0;
  let longestMs = 0;
  return {
    acknowledged(text) {
      if (!early.delete(text)) waiting.set(text, performance.now());
    },
    look(seen) {
      for (const { text } of seen.slice(looked)) {
        const since = waiting.get(text);
        if (since === undefined) early.add(text);
        else longestMs = Math.max(longestMs, performance.now() - since);
        waiting.delete(text);
      }
      looked = seen.length;
    },
    get longestMs() {
      return longestMs;
    },
  };
}
