import { expect, test } from 'vitest';
import { Signer } from '../../../src/channels/web/signed-text.ts';

const [old, fresh] = ['the secret before the change', 'the secret after the change'];
const [before, over, later] = [1_000, 2_000, 9_000];

test('what the former secret signed is read until its time is over, and told apart', () => {
  const mine = new Signer(fresh, 'acme chat', { former: { secret: old, until: over } });
  const token = new Signer(old, 'acme chat').sign('visitor', ['v'], later);
  expect(mine.read('visitor', token, before)).toEqual({ fields: ['v'], expiresAt: later, isFormer: true });
  expect(mine.read('visitor', token, over)).toBeUndefined();
  expect(mine.read('file', token, before)).toBeUndefined();
  expect(new Signer(fresh, 'acme chat').read('visitor', token, before)).toBeUndefined();
  const elsewhere = new Signer(old, 'globex chat').sign('visitor', ['v'], later);
  expect(mine.read('visitor', elsewhere, before)).toBeUndefined();
});

test('nothing is signed with the former secret', () => {
  const mine = new Signer(fresh, 'acme chat', { former: { secret: old, until: over } });
  const token = mine.sign('visitor', ['v'], later);
  expect(new Signer(old, 'acme chat').read('visitor', token, before)).toBeUndefined();
  expect(mine.read('visitor', token, over)).toEqual({ fields: ['v'], expiresAt: later, isFormer: false });
});
