import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  identifierKinds,
  keysOf,
  kindOf,
  normaliseIdentifier,
  type IdentifierKind,
} from '../../../src/directory/identifiers/identifier.ts';

/** Each list: one and the same, as people write it; its first member is the form that is kept. */
const same: Readonly<Record<IdentifierKind, readonly (readonly string[])[]>> = {
  phone: [
    [
      '+4930123456',
      '+49 30 123456',
      '0049 30 123456',
      '+49 (0)30 12 34 56',
      '＋４９ ３０ １２３４５６',
      'tel:+49-30-123456',
      '49 30 123456',
      // As phones copy a number out of their contacts.
      '\u202a+49 30 123456\u202c',
      '\u200e+49\u00a030\u2011123456\u200b',
    ],
    ['+15551234567', '+1 (555) 123-4567', '+1.555.123.4567', '+١٥٥٥١٢٣٤٥٦٧'],
  ],
  email: [
    [
      'support@acme.example',
      'Support@ACME.example',
      ' <support@acme.example> ',
      'mailto:support@acme.example',
      'support@acme.example.',
      'ｓｕｐｐｏｒｔ@acme.example',
      '\ufeffsup\u00adport@acme.example\u200b',
    ],
    ['info@xn--bcher-kva.example', 'info@bücher.example', 'INFO@BÜCHER.EXAMPLE', 'info@bu\u0308cher.example'],
  ],
  url: [
    [
      'acme.example/shop',
      'https://www.acme.example/shop/',
      'HTTP://ACME.example:80/shop',
      'acme.example/shop?utm_source=x&fbclid=1',
      'https://acme.example./shop#top',
      'www.acme.example/a/../shop',
      'acme.example//shop',
      '\u200ehttps://acme.example/shop\u200b',
    ],
    ['xn--bcher-kva.example', 'bücher.example', 'https://BÜCHER.example/', 'http://xn--bcher-kva.example'],
    ['acme.example/~a?a=1&b=2', 'https://acme.example/%7Ea?b=2&a=1'],
  ],
  id: [
    ['de123456789', 'DE 123-456-789', 'de.123/456 789', 'ＤＥ１２３４５６７８９'],
    ['ab1', 'AB-1', 'ab_1', '#ab1'],
  ],
  name: [
    ['cafe muller & co', 'Café Müller & Co.', 'CAFE MULLER & CO', 'Cafe\u0301-Mu\u0308ller, & Co'],
    ['weiss', 'Weiß', 'WEISS', 'weiss!'],
    ['οδοσ', 'ΟΔΟΣ', 'οδος'],
    ['acme', 'Acme', '@acme', '«ACME»', 'ac\u00adme'],
    ['oreillys', "O'Reilly's", 'O’Reilly’s'],
    ['東京カフェ', '東京ｶﾌｪ', '東京カフェ'],
  ],
  address: [
    [
      'hauptstr 5a 10115 berlin',
      'Hauptstraße 5a, 10115 Berlin',
      'Haupt-Str. 5 a\n10115 BERLIN',
      'HAUPTSTRASSE Nr. 5A, D-10115 Berlin',
    ],
    ['12n main st springfield', '12 North Main Street, Springfield', '12 N. Main St., SPRINGFIELD'],
    ['box 12 reno', 'P.O. Box 12, Reno', 'PO Box 12 Reno'],
  ],
};

const different: Readonly<Record<IdentifierKind, readonly (readonly [string, string])[]>> = {
  phone: [['+4930123456', '+4930123457']],
  email: [
    ['a@acme.example', 'b@acme.example'],
    ['a+x@acme.example', 'a@acme.example'],
  ],
  url: [
    ['acme.example/shop', 'acme.example/Shop'],
    ['acme.example', 'shop.acme.example'],
    ['acme.example:8080', 'acme.example'],
    ['acme.example/?tenant=a', 'acme.example/?tenant=b'],
  ],
  id: [['ab12', 'ab13']],
  name: [
    ['acme', 'acme two'],
    ['कि', 'की'],
  ],
  address: [['Hauptstr. 5, Berlin', 'Hauptstr. 6, Berlin']],
};

const none: Readonly<Record<IdentifierKind, readonly string[]>> = {
  phone: ['', 'hello', '12', '+', 'order 12345678', '0'.repeat(60)],
  email: ['', 'acme', 'a@b', 'a b@acme.example', '@acme.example', 'a@acme.example/x'],
  url: [
    '',
    'acme',
    'ftp://acme.example',
    'https://',
    'http://192.168.0.1/',
    'javascript:alert(1)',
    '1.2',
    'a b.example',
  ],
  id: ['', '--', '!'],
  name: ['', ' . ', '@'],
  address: ['', ',,'],
};

describe.each(identifierKinds)('%s', (kind) => {
  it.each(same[kind])('is kept as %s', (kept, ...spellings) => {
    for (const spelling of [kept, ...spellings])
      expect([spelling, normaliseIdentifier(kind, spelling)]).toEqual([spelling, kept]);
  });

  it.each(different[kind])('%s is not %s', (one, other) => {
    expect(normaliseIdentifier(kind, one)).toBeDefined();
    expect(normaliseIdentifier(kind, one)).not.toBe(normaliseIdentifier(kind, other));
  });

  it('is not what is none', () => {
    for (const text of [...none[kind], 'x'.repeat(2001)])
      expect([text, normaliseIdentifier(kind, text)]).toEqual([text, undefined]);
  });

  it('gives of what it gives the same, whatever is written', () => {
    const seeds = same[kind].flat();
    const written = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc
        .tuple(fc.constantFrom(...seeds), fc.string({ unit: 'grapheme', maxLength: 8 }))
        .map(([a, b]) => a + b),
      fc.webUrl({ withQueryParameters: true, withFragments: true }),
      fc.emailAddress(),
      fc.stringMatching(/^\+?[0-9 ()-]{6,18}$/),
    );
    fc.assert(
      fc.property(written, (text) => {
        const once = normaliseIdentifier(kind, text);
        if (once !== undefined) expect(normaliseIdentifier(kind, once)).toBe(once);
      }),
      { numRuns: 2000 },
    );
  });

  it('is the same under spelling variants', () => {
    const variants = fc.constantFrom<(text: string) => string>(
      (text) => ` ${text}\n`,
      (text) => text.normalize('NFD'),
      (text) => text.normalize('NFC'),
      (text) => (kind === 'url' ? text : text.toUpperCase()),
      (text) => (kind === 'url' ? text : text.toLowerCase()),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...same[kind]),
        fc.nat(),
        fc.array(variants, { maxLength: 4 }),
        (all, nth, changes) => {
          const spelling = changes.reduce((text, change) => change(text), all[nth % all.length] ?? '');
          expect(normaliseIdentifier(kind, spelling)).toBe(all[0]);
        },
      ),
    );
  });
});

it('the kind is read from the shape', () => {
  expect(
    ['+1 555 123 4567', 'a@acme.example', 'acme.example', 'https://acme.example/x', 'Acme Ltd'].map(kindOf),
  ).toEqual(['phone', 'email', 'url', 'url', 'name']);
  expect(kindOf('…')).toBeUndefined();
});

it('a text is looked for as all that it may be', () => {
  expect(keysOf('Acme')).toEqual(['id:acme', 'name:acme', 'address:acme']);
});
