import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeContent } from '../../src/message/describe-content.ts';
import { excerpt } from '../../src/message/excerpt.ts';
import { isEmoji } from '../../src/message/is-emoji.ts';
import type { ChoiceContent } from '../../src/message/message.ts';
import { countSegments } from '../../src/message/sms-segments.ts';
import { textLength } from '../../src/message/text-length.ts';
import { choiceAsMenu, understandChoice } from '../../src/message/understand-choice.ts';
import { content, text } from './arbitraries.ts';

describe('textLength', () => {
  it('counts what the platform counts', () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(textLength(value, 'utf16')).toBe(value.length);
        expect(textLength(value, 'characters')).toBe(Array.from(value).length);
        expect(textLength(value, 'bytes')).toBe(Buffer.byteLength(value));
      }),
    );
  });
});

describe('countSegments', () => {
  it.each([
    ['nothing', '', 'gsm7', 0, 0, 160],
    ['one full segment', 'a'.repeat(160), 'gsm7', 1, 160, 160],
    ['one more', 'a'.repeat(161), 'gsm7', 2, 161, 153],
    ['two full segments', 'a'.repeat(306), 'gsm7', 2, 306, 153],
    ['and one more', 'a'.repeat(307), 'gsm7', 3, 307, 153],
    ['extended characters count twice', '€'.repeat(80), 'gsm7', 1, 160, 160],
    ['an extended one is not cut in two', `${'a'.repeat(152)}€${'a'.repeat(152)}`, 'gsm7', 3, 306, 153],
    ['Greek capitals are in the alphabet', 'ΔΦΓΛΩΠΨΣΘΞ', 'gsm7', 1, 10, 160],
    ['lower-case Greek is not', 'δ', 'ucs2', 1, 1, 70],
    ['c with a cedilla: only the capital', 'ç', 'ucs2', 1, 1, 70],
    ['a full segment of UCS-2', 'я'.repeat(70), 'ucs2', 1, 70, 70],
    ['one more of UCS-2', 'я'.repeat(71), 'ucs2', 2, 71, 67],
    ['a typographic apostrophe makes it UCS-2', `${'a'.repeat(69)}’`, 'ucs2', 1, 70, 70],
    ['an emoji is two units', '👍'.repeat(35), 'ucs2', 1, 70, 70],
    ['a surrogate pair is not cut in two', '👍'.repeat(67), 'ucs2', 3, 134, 67],
    ['line ends are in the alphabet', 'a\r\nb', 'gsm7', 1, 4, 160],
  ] as const)('%s', (_what, value, encoding, segments, units, perSegment) => {
    expect(countSegments(value)).toEqual({ encoding, segments, units, perSegment });
  });

  it('never needs fewer than the units fill, nor many more', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 20 }), (value, times) => {
        const { segments, units, perSegment } = countSegments(value.repeat(times));
        expect(segments).toBeGreaterThanOrEqual(Math.ceil(units / perSegment));
        expect(segments).toBeLessThanOrEqual(Math.ceil(units / (perSegment - 1)));
      }),
    );
  });
});

describe('understandChoice', () => {
  const choice: ChoiceContent = {
    kind: 'choice',
    text: 'What is it about?',
    options: [
      { id: 's', label: 'Sales' },
      { id: 'h', label: 'Help, please!' },
      { id: 'o', label: 'Öffnungszeiten' },
    ],
  };

  it('asks with numbers', () => {
    expect(choiceAsMenu(choice)).toBe('What is it about?\n1. Sales\n2. Help, please!\n3. Öffnungszeiten');
  });

  it.each([
    ['1', 's'],
    [' 2. ', 'h'],
    ['#3', 'o'],
    ['(1)', 's'],
    ['2)', 'h'],
    ['２', 'h'],
    ['٣', 'o'],
    ['१', 's'],
    ['1️⃣', 's'],
    ['sales', 's'],
    ['SALES.', 's'],
    ['help,  please', 'h'],
    ['öffnungszeiten', 'o'],
    ['O\u0308FFNUNGSZEITEN', 'o'],
    ['1. Sales', 's'],
    ['0', undefined],
    ['4', undefined],
    ['2. Sales', undefined],
    ['12', undefined],
    ['1 2', undefined],
    ['sale', undefined],
    ['', undefined],
    ['I have 1 question', undefined],
  ])('%j means %s', (said, id) => {
    expect(understandChoice(choice, said)?.id).toBe(id);
  });

  it('does not guess where a label is another option’s number', () => {
    const rooms: ChoiceContent = {
      kind: 'choice',
      text: '',
      options: ['2', '3', '7'].map((label) => ({ id: `r${label}`, label })),
    };
    expect(understandChoice(rooms, '2')).toBeUndefined();
    expect(understandChoice(rooms, '7')?.id).toBe('r7');
    expect(understandChoice(rooms, '1')?.id).toBe('r2');
  });

  it('takes each number and label of any menu that is not ambiguous, and never throws', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1, maxLength: 30 }),
        text,
        (labels, anything) => {
          const menu: ChoiceContent = {
            kind: 'choice',
            text: '',
            options: labels.map((label) => ({ id: label, label })),
          };
          for (const [index, label] of labels.entries()) {
            expect(understandChoice(menu, String(index + 1))?.id).toBe(label);
            expect(understandChoice(menu, label.toUpperCase())?.id).toBe(label);
          }
          understandChoice(menu, anything);
          understandChoice({ ...menu, options: [{ id: 'x', label: anything }] }, anything);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('excerpt', () => {
  it.each([
    ['short', 10, 'short'],
    ['two\nlines', 20, 'two lines'],
    ['> quoted\nanswer', 20, 'answer'],
    ['> only quoted', 20, '> only quoted'],
    ['one two three', 7, 'one two…'],
    ['👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦', 2, '👩‍👩‍👧‍👦👩‍👩‍👧‍👦…'],
    ['', 5, ''],
  ])('of %j at %d', (value, length, expected) => {
    expect(excerpt(value, length)).toBe(expected);
  });

  it('is one line, short, and never throws; so is a description', () => {
    fc.assert(
      fc.property(text, content, (value, anything) => {
        for (const short of [excerpt(value.repeat(20), 10), describeContent(anything, 10)]) {
          expect(short).not.toContain('\n');
          expect(short.length).toBeLessThan(500);
        }
      }),
    );
  });
});

describe('describeContent', () => {
  const media = { source: { type: 'url' as const, url: 'https://x.example' }, mimeType: 'image/png' };
  it.each([
    [{ kind: 'text', text: 'Hi\nthere' } as const, 'Hi there'],
    [{ kind: 'image', media } as const, 'an image'],
    [{ kind: 'image', media, caption: 'The plan' } as const, 'an image: The plan'],
    [{ kind: 'file', media: { ...media, fileName: 'a.pdf' } } as const, 'a file: a.pdf'],
    [{ kind: 'location', latitude: 1, longitude: 2 } as const, 'a location'],
    [{ kind: 'chosen', id: 'x', label: 'Yes' } as const, 'Yes'],
  ])('%j', (given, expected) => {
    expect(describeContent(given)).toBe(expected);
  });
});

describe('isEmoji', () => {
  it.each(['👍', '❤️', '👍🏽', '🇺🇳', '1️⃣', '👩‍👩‍👧‍👦'])('%s is one', (value) => expect(isEmoji(value)).toBe(true));
  it.each(['', 'a', '1', '👍👍', 'done', '👍 ', '#'])('%j is not', (value) =>
    expect(isEmoji(value)).toBe(false),
  );
});
