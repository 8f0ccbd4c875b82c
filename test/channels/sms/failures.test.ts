import { expect, test } from 'vitest';
import { reasonOfCode } from '../../../src/channels/sms/failures.ts';

test('no reason says of a number that it is a customer’s: it may be an agent’s', () => {
  const codes = Array.from({ length: 60_000 }, (_, index) => index + 10_000);
  const reasons = codes.map((code) => reasonOfCode(code));
  expect(reasons).toContain('the recipient has opted out with STOP (Twilio error 21610)');
  expect(reasons.filter((reason) => reason.includes('customer'))).toEqual([]);
});
