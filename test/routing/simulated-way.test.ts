import { describe, expect, it } from 'vitest';
import type { Overflow } from '../../src/directory/routing-rules.ts';
import { as, type QueueId } from '../../src/platform/ids.ts';
import { simulatedWay } from '../../src/routing/simulated-way.ts';

const queue = (name: string): QueueId => as<QueueId>(name);
const way = (to: string, more: Partial<Overflow>): Overflow => ({
  queue: queue(to),
  nobodyAvailable: false,
  ...more,
});
const standing = (waiting: number, available = 1) => ({ waiting, longestWait: 0, available, free: 0 });
const tenant = {
  load: { a: standing(3), b: standing(0, 0), c: standing(0) },
  hasQueue: (id: QueueId) => ['a', 'b', 'c'].includes(id),
  isClosed: () => false,
};
const ways = (overflow: readonly Overflow[], waitedMs = 0, of: Partial<typeof tenant> = {}): string[] =>
  simulatedWay({ queue: queue('a'), overflow, waitedMs }, { ...tenant, ...of }, 1_000_000).map(
    ({ from, to }) => `${from} ${to}`,
  );

describe('the way of a session that might come', () => {
  it('counts it with those who wait', () => {
    expect(ways([way('b', { moreThan: 3 })])).toEqual(['a b']);
    expect(ways([way('b', { moreThan: 4 })])).toEqual([]);
  });

  it('goes on from where it comes to, by the ways that are left, having waited there no time', () => {
    const after = way('c', { afterMs: 60_000 });
    expect(ways([way('b', { moreThan: 0 }), way('c', { nobodyAvailable: true })])).toEqual(['a b', 'b c']);
    expect(ways([way('b', { afterMs: 60_000 }), after], 60_000)).toEqual(['a b']);
    expect(ways([after], 59_999)).toEqual([]);
  });

  it('ends where a queue is closed or gone', () => {
    const both = [way('b', { moreThan: 0 }), way('c', { nobodyAvailable: true })];
    expect(ways(both, 0, { isClosed: (): boolean => true })).toEqual([]);
    expect(ways(both, 0, { isClosed: ((id: QueueId) => id === 'b') as () => boolean })).toEqual(['a b']);
    expect(ways([way('gone', { moreThan: 0 })])).toEqual([]);
  });
});
