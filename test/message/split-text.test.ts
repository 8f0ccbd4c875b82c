import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitText } from '../../src/message/split-text.ts';
import { textLength, type TextUnit } from '../../src/message/text-length.ts';
import { text } from './arbitraries.ts';

const unit = fc.constantFrom<TextUnit>('characters', 'utf16', 'bytes');
const limit = fc.integer({ min: 4, max: 90 });
const graphemes = (value: string): string[] =>
  Array.from(
    new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(value),
    (part) => part.segment,
  );

describe('splitText', () => {
  it('gives parts no longer than allowed and none empty', () => {
    fc.assert(
      fc.property(text, limit, unit, (value, max, u) => {
        for (const part of splitText(value, max, u)) {
          expect(part).not.toBe('');
          expect(textLength(part, u)).toBeLessThanOrEqual(max);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('drops nothing but white space between parts', () => {
    fc.assert(
      fc.property(text, limit, unit, (value, max, u) => {
        let rest = value;
        for (const part of splitText(value, max, u)) {
          const at = rest.indexOf(part);
          expect(rest.slice(0, at)).toMatch(/^\s*$/);
          expect(at).not.toBe(-1);
          rest = rest.slice(at + part.length);
        }
        expect(rest).toMatch(/^\s*$/);
      }),
      { numRuns: 3000 },
    );
  });

  it('cuts inside a grapheme only where that alone is too long', () => {
    fc.assert(
      fc.property(text, limit, unit, (value, max, u) => {
        const whole = graphemes(value);
        fc.pre(whole.every((g) => textLength(g, u) <= max));
        const parts = splitText(value, max, u).flatMap(graphemes);
        const visible = (list: readonly string[]): string[] => list.filter((g) => g.trim() !== '');
        expect(visible(parts)).toEqual(visible(whole));
      }),
      { numRuns: 3000 },
    );
  });

  it.each<[string, string, number, string[]]>([
    [
      'between paragraphs first',
      'One two three.\n\nFour five six seven',
      30,
      ['One two three.', 'Four five six seven'],
    ],
    [
      'then between lines',
      'One two three\nFour five six. seven',
      30,
      ['One two three', 'Four five six. seven'],
    ],
    [
      'then between sentences',
      'One two three. Four five six seven',
      30,
      ['One two three.', 'Four five six seven'],
    ],
    ['then between words', 'One two three four five six', 20, ['One two three four', 'five six']],
    [
      'leaves a word whole if it fits',
      'See https://example.org/0123456789',
      32,
      ['See', 'https://example.org/0123456789'],
    ],
    ['between words of a script without spaces', '私は東京に住んでいます', 8, ['私は東京に住んで', 'います']],
    ['not inside a family', 'abc👩‍👩‍👧‍👦', 12, ['abc', '👩‍👩‍👧‍👦']],
    ['gives a short text as it is', ' hi ', 10, [' hi ']],
    ['gives nothing for nothing', '', 10, []],
  ])('%s', (_name, value, max, parts) => {
    expect(splitText(value, max, 'utf16')).toEqual(parts);
  });

  it('gives no empty part where a mark too long for the rest sits on a space', () => {
    expect(splitText('> \u{1cf00}', 4, 'bytes')).toEqual(['>', '\u{1cf00}']);
  });

  it('is quick with long texts of any kind', () => {
    const before = process.cpuUsage();
    for (const unitText of ['a', 'word ', '👩‍👩‍👧‍👦', 'e\u0301', '. ', '\n', ' ', '"', 'ไ']) {
      splitText(unitText.repeat(Math.ceil(65_536 / unitText.length)), 1600, 'characters');
    }
    // Of the processor: a machine may stand still meanwhile.
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(3000);
  });
});
