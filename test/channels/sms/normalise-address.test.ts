import { expect, it } from 'vitest';
import { normaliseAddress } from '../../../src/channels/sms/normalise-address.ts';

it('writes a person’s number as Twilio does on the line', () => {
  const text = { from: '+15551110000' };
  expect(normaliseAddress('+1 (555) 222-0001', text)).toBe('+15552220001');
  expect(normaliseAddress('whatsapp:+15552220001', text)).toBe('+15552220001');
  expect(normaliseAddress('+1 555 222 0001', { from: 'whatsapp:+15551110000' })).toBe(
    'whatsapp:+15552220001',
  );
  expect(normaliseAddress('anna@example.org', text)).toBeUndefined();
});
