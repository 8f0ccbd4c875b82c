import { expect, it } from 'vitest';
import { normaliseAddress } from '../../../src/channels/xmpp/normalise-address.ts';

it('names the account, whatever device and case it is written with', () => {
  expect(normaliseAddress(' xmpp:Anna@Example.org/phone')).toBe('anna@example.org');
  expect(normaliseAddress('example.org')).toBeUndefined();
  expect(normaliseAddress('anna at home')).toBeUndefined();
});
