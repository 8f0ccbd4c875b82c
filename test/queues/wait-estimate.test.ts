import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateWait, leastSamples } from '../../src/queues/wait-estimate.ts';

const minute = 60_000;
const now = 100 * minute;
/** One a minute, the last a minute ago. */
const accepted = [5, 4, 3, 2, 1].map((ago) => now - ago * minute);

describe('the estimate of a wait', () => {
  it('is the position times the mean time between acceptances, the silence since the last included', () => {
    // Four acceptances in the five minutes since the first.
    expect(estimateWait(1, { now, accepted, available: 1 })).toBe(1.25 * minute);
    expect(estimateWait(4, { now, accepted, available: 1 })).toBe(5 * minute);
    expect(estimateWait(1, { now: now + 5 * minute, accepted, available: 1 })).toBe(2.5 * minute);
  });

  it.each([
    ['too few were accepted', 1, { now, accepted: accepted.slice(1), available: 3 }],
    ['none were', 1, { now, accepted: [], available: 3 }],
    ['that is long ago', 1, { now: now + 30 * minute, accepted, available: 3 }],
    ['nobody is there', 1, { now, accepted, available: 0 }],
    ['the queue is closed', 1, { now, accepted, available: 1, isClosed: true }],
    ['it would be more than two hours', 97, { now, accepted, available: 1 }],
  ])('is hidden where %s', (_, position, facts) => {
    expect(estimateWait(position, facts)).toBeUndefined();
  });

  it('never shrinks further back in the queue or while nobody is accepted, and is never negative', () => {
    const times = fc.array(fc.integer({ min: now - 29 * minute, max: now }), { minLength: leastSamples });
    fc.assert(
      fc.property(times, fc.nat(50), fc.nat(1000), (unordered, position, laterMs) => {
        const facts = { now, accepted: unordered.sort((a, b) => a - b), available: 1 };
        const here = estimateWait(position + 1, facts);
        const behind = estimateWait(position + 2, facts);
        const later = estimateWait(position + 1, { ...facts, now: now + laterMs });
        expect(here ?? 0).toBeGreaterThanOrEqual(0);
        if (behind !== undefined) expect(here).toBeLessThanOrEqual(behind);
        if (later !== undefined) expect(here).toBeLessThanOrEqual(later);
      }),
    );
  });
});
