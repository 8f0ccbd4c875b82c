import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DeliveryFailure } from '../../src/delivery/delivery.ts';
import { afterFailure, backoffMs, defaultRetryRules, delayMs } from '../../src/delivery/retry-policy.ts';

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test('backs off exponentially with full jitter, never above the cap', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), random, (attempts, chance) => {
      const wait = backoffMs(1000, 60_000, attempts, chance);
      expect(wait).toBeGreaterThanOrEqual(0);
      expect(wait).toBeLessThanOrEqual(Math.min(60_000, 1000 * 2 ** Math.min(attempts - 1, 10)));
    }),
  );
  expect([1, 2, 3, 7, 20].map((attempts) => backoffMs(1000, 60_000, attempts, 0.5))).toEqual([
    500, 1000, 2000, 30_000, 30_000,
  ]);
});

test('a time that the other side names is kept within a tenth', () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 10_000_000 }),
      fc.integer({ min: 1, max: 50 }),
      random,
      (retryAfterMs, attempts, chance) => {
        const wait = delayMs({ kind: 'retry', retryAfterMs }, attempts, defaultRetryRules, chance);
        expect(wait).toBeGreaterThanOrEqual(retryAfterMs);
        expect(wait).toBeLessThanOrEqual(Math.ceil(retryAfterMs * 1.1));
      },
    ),
  );
});

test('a delivery that is given up for its age has failed only if no attempt may have gone out', () => {
  const late = 2 * defaultRetryRules.maximumAgeMs;
  const ends = [true, false].flatMap((before) =>
    [true, false].map((certain) => {
      const failure = new DeliveryFailure({ kind: 'retry', certain, reason: 'x' });
      const record = {
        attempts: 9,
        createdAt: 0,
        failure: { kind: 'retry', reason: 'x', certain: before },
      };
      return afterFailure(failure, record, 'resend', defaultRetryRules, late, 0.5).next;
    }),
  );
  expect(ends).toEqual(['failed', 'unclear', 'unclear', 'unclear']);
});

test('what follows from each kind of failure, certain or not, under each policy', () => {
  const kinds = ['retry', 'permanent', 'unauthorised', 'windowClosed', 'optedOut', 'unreachable'] as const;
  const table = kinds.map((kind) => [
    kind,
    ...[true, false].map((certain) =>
      (['safe', 'resend', 'ask'] as const)
        .map((policy) => {
          const failure = new DeliveryFailure({ kind, certain, reason: 'x' });
          return afterFailure(failure, { attempts: 1, createdAt: 0 }, policy, defaultRetryRules, 10, 0.5)
            .next;
        })
        .join(' '),
    ),
  ]);
  expect(table).toEqual([
    ['retry', 'retry retry retry', 'retry retry unclear'],
    ['permanent', 'failed failed failed', 'failed failed failed'],
    ['unauthorised', 'retry retry retry', 'retry retry unclear'],
    ['windowClosed', 'failed failed failed', 'failed failed failed'],
    ['optedOut', 'failed failed failed', 'failed failed failed'],
    ['unreachable', 'retry retry retry', 'retry retry unclear'],
  ]);
});
