import { expect, it } from 'vitest';
import { TokenBuckets } from '../../src/platform/token-buckets.ts';
import { manualClock } from '../fixtures/manual-clock.ts';

const allowed = 2;
const periodMs = 10_000;
const mostKeys = 100_000;

function exhausted(buckets: TokenBuckets, key: string): void {
  for (let taken = 0; taken < allowed; taken += 1) expect(buckets.take(key)).toBe(0);
  expect(buckets.take(key)).toBeGreaterThan(0);
}

it('a flood of made-up keys is remembered up to 100,000 of them: then the oldest is forgiven', () => {
  const buckets = new TokenBuckets(allowed, periodMs, manualClock());
  exhausted(buckets, 'first');
  exhausted(buckets, 'second');
  for (let key = 0; key < mostKeys - 2; key += 1) buckets.take(`made-up-${String(key)}`);
  expect(buckets.wait('first')).toBeGreaterThan(0);
  buckets.take('one more');
  expect(buckets.wait('first')).toBe(0);
  expect(buckets.wait('second')).toBeGreaterThan(0);
});

it('asking how long to wait remembers nobody', () => {
  const buckets = new TokenBuckets(allowed, periodMs, manualClock());
  exhausted(buckets, 'first');
  for (let key = 0; key < mostKeys * 2; key += 1) buckets.wait(`made-up-${String(key)}`);
  expect(buckets.wait('first')).toBeGreaterThan(0);
});
