import type { QueueId } from '../platform/ids.ts';
import type { QueueThresholds, Threshold } from '../directory/tenant.ts';
import { defineCollection } from '../store/store.ts';

export const thresholdMeasures = ['size', 'longestWait'] as const;
export type ThresholdMeasure = (typeof thresholdMeasures)[number];

/** By measure: since when the queue is over its threshold. */
export type Over = Readonly<Partial<Record<ThresholdMeasure, number>>>;

/** How the tenant's queues stood when they were last held against their thresholds. One record a tenant. */
export interface ThresholdsRecord {
  readonly lookedAt: number;
  readonly over: Readonly<Partial<Record<QueueId, Over>>>;
}
export const thresholdRecords = defineCollection<ThresholdsRecord>('queue-thresholds');
export const thresholdsId = 'thresholds';

export interface Crossing {
  readonly measure: ThresholdMeasure;
  readonly crossed: 'up' | 'down';
  /** Of sessions, or milliseconds. */
  readonly threshold: Threshold;
}

export interface QueueLevel {
  readonly size: number;
  readonly longestWaitMs: number;
}

/** What of a queue crosses its threshold now, and what is over it then. Pure. */
export function crossingsOf(
  thresholds: QueueThresholds,
  before: Over,
  level: QueueLevel,
  now: number,
): { readonly crossings: readonly Crossing[]; readonly over: Over } {
  const held: readonly [ThresholdMeasure, Threshold | undefined, number][] = [
    ['size', thresholds.size, level.size],
    ['longestWait', thresholds.longestWaitMs, level.longestWaitMs],
  ];
  const over: Partial<Record<ThresholdMeasure, number>> = {};
  const crossings: Crossing[] = [];
  for (const [measure, threshold, value] of held) {
    if (threshold === undefined) continue;
    const since = before[measure];
    const isOver = since === undefined ? value >= threshold.at : value > threshold.backAt;
    if (isOver) over[measure] = since ?? now;
    if (isOver !== (since !== undefined))
      crossings.push({ measure, crossed: isOver ? 'up' : 'down', threshold });
  }
  return { crossings, over };
}
