import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addAttempt, keptAtEachEnd, type AttemptTrail } from '../../src/delivery/attempt-trail.ts';

function trailOf(count: number): AttemptTrail | undefined {
  let trail: AttemptTrail | undefined;
  for (let number = 1; number <= count; number += 1)
    trail = addAttempt(trail, { number, at: number, kind: 'retry', reason: 'x'.repeat(5000), certain: true });
  return trail;
}

test('of any number of attempts the first and the last few are kept, and the rest is counted', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), (count) => {
      const { kept = [], leftOut = 0 } = trailOf(count) ?? {};
      const numbers = kept.map(({ number }) => number);
      expect(numbers.length + leftOut).toBe(count);
      const each = Math.min(keptAtEachEnd, count);
      expect(numbers.slice(0, each)).toEqual(Array.from({ length: each }, (_, index) => index + 1));
      expect(numbers.slice(-each)).toEqual(
        Array.from({ length: each }, (_, index) => count - each + index + 1),
      );
      expect(JSON.stringify(kept).length).toBeLessThan(4500);
    }),
  );
});
