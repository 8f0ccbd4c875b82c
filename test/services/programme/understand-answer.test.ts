import { describe, expect, it } from 'vitest';
import type { Content } from '../../../src/message/message.ts';
import type { AnswerKind, JsonValue } from '../../../src/services/instruction.ts';
import { understandAnswer } from '../../../src/services/programme/understand-answer.ts';

const now = Date.UTC(2026, 10, 21);
const text = (written: string): Content => ({ kind: 'text', text: written });
const sticker: Content = {
  kind: 'sticker',
  media: { source: { type: 'url', url: 'https://files.example/s' }, mimeType: 'image/webp' },
};
const colours: AnswerKind = {
  kind: 'choice',
  options: [
    { value: 'r', label: 'Red' },
    { value: 'g', label: 'Green' },
  ],
};

const table: readonly (readonly [AnswerKind, Content, string, JsonValue | undefined])[] = [
  [{ kind: 'free' }, text('  it does not work '), 'en', 'it does not work'],
  [{ kind: 'free' }, text('   '), 'en', undefined],
  [{ kind: 'free', maxLength: 5 }, text('too long'), 'en', undefined],
  [{ kind: 'free' }, sticker, 'en', undefined],
  [{ kind: 'number' }, sticker, 'en', undefined],
  [{ kind: 'number' }, text('twelve'), 'en', undefined],
  [{ kind: 'number' }, text('1,200.50'), 'en', 1200.5],
  [{ kind: 'number' }, text('1.200,50'), 'de', 1200.5],
  [{ kind: 'number' }, text('1 200'), 'fr', 1200],
  [{ kind: 'number' }, text("1'200"), 'de', 1200],
  [{ kind: 'number' }, text('1,200'), 'en', 1200],
  [{ kind: 'number' }, text('3,5'), 'de', 3.5],
  [{ kind: 'number' }, text('0,125'), 'de', 0.125],
  [{ kind: 'number' }, text('−7'), 'en', -7],
  [{ kind: 'number' }, text('٤٢'), 'ar', 42],
  [{ kind: 'number' }, text('1.2.3'), 'en', undefined],
  [{ kind: 'number' }, text('1,20,3'), 'en', undefined],
  [{ kind: 'number', whole: true }, text('3.5'), 'en', undefined],
  [{ kind: 'number', min: 1, max: 5 }, text('6'), 'en', undefined],
  [{ kind: 'number', min: 1, max: 5 }, text('5'), 'en', 5],
  [{ kind: 'number' }, text('9'.repeat(40)), 'en', undefined],
  [{ kind: 'email' }, text('Ana@Example.org'), 'en', 'Ana@Example.org'],
  [{ kind: 'email' }, text('mailto:ana@example.org'), 'en', 'ana@example.org'],
  [{ kind: 'email' }, text('ana@localhost'), 'en', undefined],
  [{ kind: 'email' }, text('ana at example.org'), 'en', undefined],
  [{ kind: 'phone' }, text('+49 30 901820'), 'de', '+4930901820'],
  [{ kind: 'phone' }, text('0049 30 901820'), 'de', '+4930901820'],
  [{ kind: 'phone', country: 'DE' }, text('030 901820'), 'de', '+4930901820'],
  [{ kind: 'phone' }, text('030 901820'), 'de', undefined],
  [{ kind: 'phone', country: 'ZZ' }, text('12'), 'de', undefined],
  [{ kind: 'date' }, text('2026-03-04'), 'en', '2026-03-04'],
  [{ kind: 'date' }, text('4.3.2026'), 'de', '2026-03-04'],
  [{ kind: 'date' }, text('4/3/2026'), 'es', '2026-03-04'],
  [{ kind: 'date' }, text('3/4/2026'), 'en-US', '2026-03-04'],
  [{ kind: 'date' }, text('3/14/26'), 'en-GB', '2026-03-14'],
  [{ kind: 'date' }, text('14.3.26'), 'en-US', '2026-03-14'],
  [{ kind: 'date' }, text('1/2/99'), 'en-GB', '1999-02-01'],
  [{ kind: 'date' }, text('4. März 2026'), 'de', '2026-03-04'],
  [{ kind: 'date' }, text('4 de marzo de 2026'), 'es', '2026-03-04'],
  [{ kind: 'date' }, text('March 4, 2026'), 'en', '2026-03-04'],
  [{ kind: 'date' }, text('4 mar 2026'), 'en', '2026-03-04'],
  [{ kind: 'date' }, text('29.2.2026'), 'de', undefined],
  [{ kind: 'date' }, text('31/4/2026'), 'es', undefined],
  [{ kind: 'date' }, text('4 ma 2026'), 'en', undefined],
  [{ kind: 'date' }, text('soon'), 'en', undefined],
  [{ kind: 'date' }, text('4 March 2026'), 'not a language', '2026-03-04'],
  [{ kind: 'yesno' }, text('Yes!'), 'en', true],
  [{ kind: 'yesno' }, text('sí'), 'es', true],
  [{ kind: 'yesno' }, text('1'), 'en', true],
  [{ kind: 'yesno' }, text('2'), 'en', false],
  [{ kind: 'yesno' }, text('nein'), 'en', false],
  [{ kind: 'yesno' }, text('👍'), 'en', true],
  [{ kind: 'yesno' }, text('perhaps'), 'en', undefined],
  [{ kind: 'yesno', yes: 'Please do', no: 'Rather not' }, text('rather not'), 'en', false],
  [{ kind: 'yesno' }, { kind: 'chosen', id: 'q:no', label: 'No' }, 'en', false],
  [{ kind: 'yesno' }, { kind: 'chosen', id: 'another:no', label: 'No' }, 'en', undefined],
  [{ kind: 'yesno' }, { kind: 'chosen', id: 'of another question', label: 'x' }, 'en', undefined],
  // As phones copy things: with marks of the direction of writing around them.
  [{ kind: 'number' }, text('\u202a42\u202c'), 'en', 42],
  [{ kind: 'email' }, text('\u2068cora@home.example\u2069'), 'en', 'cora@home.example'],
  [{ kind: 'date' }, text('\u202a4.3.2026\u202c'), 'de', '2026-03-04'],
  [{ kind: 'yesno' }, text('\u202aja\u202c'), 'de', true],
  [colours, text('\u2068Red\u2069'), 'en', 'r'],
  [colours, text('2'), 'en', 'g'],
  [colours, text(' red '), 'en', 'r'],
  [colours, text('3'), 'en', undefined],
  [colours, text('blue'), 'en', undefined],
  [colours, { kind: 'chosen', id: 'q:g', label: 'whatever the app shows' }, 'en', 'g'],
  [colours, { kind: 'chosen', id: 'of an older question', label: 'Red' }, 'en', undefined],
  [colours, sticker, 'en', undefined],
];

describe('an answer', () => {
  it.each(table)('%j to %j in %s is %j', (kind, content, language, meant) => {
    expect(understandAnswer({ name: 'q', answer: kind }, content, { language, now })).toEqual(meant);
  });
});
