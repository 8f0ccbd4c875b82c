import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyText } from './any-text.ts';
import { bareJid, escapeLocal, fullJid, parseJid, unescapeLocal } from '../../../src/channels/xmpp/jid.ts';

describe('addresses', () => {
  test.each([
    ['alice@example.org', { local: 'alice', domain: 'example.org' }],
    ['Alice@Example.ORG./Phone', { local: 'alice', domain: 'example.org', resource: 'Phone' }],
    ['example.org', { domain: 'example.org' }],
    ['a@b/c@d/e', { local: 'a', domain: 'b', resource: 'c@d/e' }],
    ['+15551234@bridge.example', { local: '+15551234', domain: 'bridge.example' }],
    ['мария@пример.рф', { local: 'мария', domain: 'пример.рф' }],
  ])('%s', (text, jid) => {
    expect(parseJid(text)).toEqual(jid);
  });

  test.each([
    '',
    '@example.org',
    'alice@',
    'a b@example.org',
    'a@b@c',
    '/resource',
    'a\u0000b@c',
    `${'x'.repeat(1024)}@c`,
  ])('refused: %j', (text) => {
    expect(parseJid(text)).toBeUndefined();
  });

  test('what was parsed is written as it was parsed', () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        const jid = parseJid(text);
        if (jid === undefined) return;
        expect(parseJid(fullJid(jid))).toEqual(jid);
        expect(parseJid(bareJid(jid))?.resource).toBeUndefined();
      }),
    );
  });
});

describe('names as local parts (XEP-0106)', () => {
  // The examples of the specification.
  test.each([
    ['space cadet', 'space\\20cadet'],
    ['call me "ishmael"', 'call\\20me\\20\\22ishmael\\22'],
    ['at&t guy', 'at\\26t\\20guy'],
    ["d'artagnan", 'd\\27artagnan'],
    ['/.fanboy', '\\2f.fanboy'],
    ['::foo::', '\\3a\\3afoo\\3a\\3a'],
    ['<foo>', '\\3cfoo\\3e'],
    ['user@host', 'user\\40host'],
    ['c:\\net', 'c\\3a\\net'],
    ['c:\\\\net', 'c\\3a\\\\net'],
    ['c:\\cool stuff', 'c\\3a\\cool\\20stuff'],
    ['c:\\5commas', 'c\\3a\\5c5commas'],
    ['+15551234', '+15551234'],
  ])('%s', (name, local) => {
    expect(escapeLocal(name)).toBe(local);
    expect(unescapeLocal(local)).toBe(name);
  });

  test.each(['', ' leading', 'trailing ', 'line\nbreak', 'x'.repeat(1024)])('no local part: %j', (name) => {
    expect(escapeLocal(name)).toBeUndefined();
  });

  test('any name that fits comes back, and fits an address', () => {
    const names = fc.string({
      unit: fc.constantFrom(...Array.from('ab +%.@/\\:&<>"\'20254cf3eäß')),
      maxLength: 30,
    });
    fc.assert(
      fc.property(names, (name) => {
        const local = escapeLocal(name);
        if (local === undefined) return;
        expect(unescapeLocal(local)).toBe(name.toLowerCase());
        expect(parseJid(`${local}@bridge.example`)?.local).toBe(local);
      }),
    );
  });
});
