import type { Seen } from './checker.ts';

/** How long messages were under way: from when somebody began to wait for them to when they stood on the other side. */
export interface Arrivals {
  awaited(text: string): void;
  /** Looks at what there is now. */
  look(seen: readonly Seen[]): void;
  /** Of each message that arrived, with its conversation. */
  readonly delays: readonly Delay[];
}

export interface Delay {
  readonly conversation: string;
  readonly ms: number;
  /** When it arrived, on the clock of `performance.now()`. */
  readonly at: number;
}

export function createArrivals(): Arrivals {
  const waiting = new Map<string, number>();
  const early = new Set<string>();
  const delays: Delay[] = [];
  let looked = 0;
  return {
    awaited(text) {
      if (!early.delete(text)) waiting.set(text, performance.now());
    },
    look(seen) {
      for (const { conversation, text } of seen.slice(looked)) {
        const since = waiting.get(text);
        if (since === undefined) early.add(text);
        else delays.push({ conversation, ms: performance.now() - since, at: performance.now() });
        waiting.delete(text);
      }
      looked = seen.length;
    },
    delays,
  };
}

export function longestOf(delays: readonly Delay[]): number {
  return delays.reduce((longest, { ms }) => Math.max(longest, ms), 0);
}

/** `part` in [0, 1]: of all, this part took no longer. */
export function quantileOf(delays: readonly Delay[], part: number): number {
  const sorted = delays.map(({ ms }) => ms).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}
