import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { refusalOf } from '../../../src/channels/xmpp/stanza-parser.ts';
import { openParser } from './parse-stanza.ts';

const hello = "<message from='a@b' to='c@d' type='chat'><body>Grüße &amp; 👋</body></message>";

describe('reading a stream', () => {
  test('cut anywhere, the stanza is the same', () => {
    for (let at = 1; at < hello.length; at += 1) {
      const { parser, stanzas } = openParser();
      parser.write(hello.slice(0, at));
      parser.write(hello.slice(at));
      expect(stanzas[0]?.getChildText('body'), `cut at ${at}`).toBe('Grüße & 👋');
    }
  });

  test.each([
    ['too large a text', `<message from='a@b'><body>${'x'.repeat(300_000)}</body></message>`, 'too large'],
    ['too large an attribute', `<message from='a@b' id='${'x'.repeat(300_000)}'/>`, 'too large'],
    ['too many elements', `<message from='a@b'>${'<a/>'.repeat(10_000)}</message>`, 'too large'],
    ['too deep', `<message from='a@b'>${'<a>'.repeat(40)}${'</a>'.repeat(40)}</message>`, 'too deeply'],
  ])('%s: the head is kept, and the next stanza is read', (_name, xml, reason) => {
    const { parser, stanzas } = openParser();
    for (let at = 0; at < xml.length; at += 16_384) parser.write(xml.slice(at, at + 16_384));
    parser.write(hello);
    expect(refusalOf(stanzas[0]!)).toContain(reason);
    expect(stanzas[0]!.attrs['from']).toBe('a@b');
    expect(stanzas[0]!.children).toEqual([]);
    expect(refusalOf(stanzas[1]!)).toBeUndefined();
    expect(stanzas[1]!.getChildText('body')).toBe('Grüße & 👋');
  });

  test('just within the limits, a stanza is read', () => {
    const { parser, stanzas } = openParser();
    parser.write(`<message from='a@b'>${'<a>'.repeat(31)}${'</a>'.repeat(31)}</message>`);
    parser.write(`<message from='a@b'><body>${'x'.repeat(250_000)}</body></message>`);
    expect(stanzas.map(refusalOf)).toEqual([undefined, undefined]);
  });

  test.each([
    ['a document type', '<!DOCTYPE x [<!ENTITY e "boom">]>'],
    ['an entity', "<message from='a@b'><body>&e;</body></message>"],
    ['a comment', '<message><!-- hidden --></message>'],
    ['a wrong end', '<message><body></message>'],
    ['a wrong end inside what is skipped', `<message>${'<a>'.repeat(40)}</b>`],
    ['more than can be skipped', `<message><body>${'x'.repeat(5_000_000)}`],
    ['a character that XML has not', '<message><body>&#0;</body></message>'],
  ])('%s ends the stream', (_name, xml) => {
    for (const size of [xml.length, 1, 3]) {
      if (xml.length > 1_000_000 && size < 1_000_000) continue;
      const { parser, stanzas } = openParser();
      let failure: unknown;
      parser.on('error', (error: unknown) => (failure = error));
      try {
        for (let at = 0; at < xml.length; at += size) parser.write(xml.slice(at, at + size));
      } catch (error) {
        failure = error;
      }
      expect(failure).toBeInstanceOf(Error);
      expect(stanzas).toEqual([]);
    }
  });

  test('CDATA is text', () => {
    const { parser, stanzas } = openParser();
    parser.write('<message><body><![CDATA[a < b]]></body></message>');
    expect(stanzas[0]?.getChildText('body')).toBe('a < b');
  });

  test('whatever comes, it is a stanza, nothing yet, or an error', () => {
    const pieces = fc.constantFrom(
      '<message',
      '<body>',
      '</body>',
      '</message>',
      ' from="a"',
      " to='b'",
      '>',
      '/>',
      '&amp;',
      '&',
      ';',
      '<',
      '<![CDATA[',
      ']]>',
      'text',
      '<?x ?>',
      '=',
      '"',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        const { parser } = openParser();
        parser.on('error', () => undefined);
        try {
          for (const part of parts) parser.write(part);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
    );
  });
});
