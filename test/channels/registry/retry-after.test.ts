import { expect, test } from 'vitest';
import { retryAfterMs } from '../../../src/channels/retry-after.ts';

const now = Date.UTC(2026, 0, 15, 12);

test.each([
  ['7', 7000],
  ['0', 0],
  [' 30 ', 30_000],
  ['999999999', 3_600_000],
  [new Date(now + 5000).toUTCString(), 5000],
  [new Date(now - 5000).toUTCString(), 0],
  [['3', '4'], 3000],
  ['soon', undefined],
  ['-1', undefined],
  ['1.5', undefined],
  ['', undefined],
  [undefined, undefined],
])('%j asks for %j ms', (header, expected) => {
  expect(retryAfterMs(header, now)).toBe(expected);
});
