import { describe, expect, test } from 'vitest';
import { legible, readableOn } from '../../src/web/client/accent.ts';
import { Chat, type ShownMessage } from '../../src/web/client/chat.ts';
import { EventParser } from '../../src/web/client/event-parser.ts';
import type { NumberedEvent } from '../../src/web/client/protocol.ts';
import { chooseLanguage } from '../../src/web/client/texts/language.ts';

const said = (sequence: number, id: string, by: 'visitor' | 'agent' = 'agent'): NumberedEvent => ({
  type: 'message',
  sequence,
  id,
  by,
  at: sequence,
  content: { kind: 'text', text: id },
});
const waiting = (id: string) =>
  ({ id, path: '/messages', body: {}, at: 0, shown: { kind: 'text', text: id } }) as const;
const ids = (chat: Chat): string[] => chat.rows.map((row) => row.id);

describe('the chat on the screen', () => {
  test('what waits stands last, and takes its place in the log once the server has it', () => {
    const chat = new Chat();
    chat.apply(said(1, 'a'));
    chat.applyPending(waiting('mine'));
    chat.applyPending(waiting('mine too'));
    chat.apply(said(2, 'b'));
    expect(ids(chat)).toEqual(['a', 'b', 'mine', 'mine too']);
    chat.apply(said(3, 'mine', 'visitor'));
    chat.apply(said(4, 'c'));
    expect(ids(chat)).toEqual(['a', 'b', 'mine', 'c', 'mine too']);
    chat.applyPending(waiting('mine'));
    expect(chat.message('mine')?.pending).toBeUndefined();
  });

  test('edits, retractions and reactions change the message that they are about', () => {
    const chat = new Chat();
    chat.apply(said(1, 'a'));
    chat.apply({
      type: 'edit',
      sequence: 2,
      id: 'e',
      by: 'agent',
      at: 2,
      target: 'a',
      content: { kind: 'text', text: 'new' },
    });
    for (const [sequence, emoji, by] of [
      [3, '👍', 'visitor'],
      [4, '👍', 'agent'],
      [5, '🎉', 'agent'],
    ] as const) {
      chat.apply({ type: 'reaction', sequence, id: `r${sequence}`, by, at: 3, target: 'a', emoji });
    }
    expect(chat.message('a')).toMatchObject({ edited: true, content: { text: 'new' } });
    expect(chat.message('a')?.reactions).toHaveLength(3);
    chat.apply({
      type: 'reaction',
      sequence: 6,
      id: 'r6',
      by: 'agent',
      at: 3,
      target: 'a',
      emoji: '',
      removed: true,
    });
    expect(chat.message('a')?.reactions).toEqual([{ emoji: '👍', by: 'visitor' }]);
    chat.apply({ type: 'retraction', sequence: 7, id: 'x', by: 'agent', at: 3, target: 'a' });
    chat.apply({
      type: 'edit',
      sequence: 8,
      id: 'e2',
      by: 'agent',
      at: 2,
      target: 'a',
      content: { kind: 'text', text: 'again' },
    });
    expect((chat.rows[0] as ShownMessage).content).toBeUndefined();
    chat.apply({ type: 'retraction', sequence: 9, id: 'y', by: 'agent', at: 3, target: 'unknown' });
  });

  test('unread is what others said after what was seen', () => {
    const chat = new Chat();
    chat.apply({ type: 'hello', last: 2, read: 1, readByAgent: 0, session: { state: 'open' } });
    for (const event of [said(1, 'a'), said(2, 'b'), said(3, 'c', 'visitor'), said(4, 'd')])
      chat.apply(event);
    expect(chat.unread).toBe(2);
    chat.read = 4;
    expect(chat.unread).toBe(0);
  });
});

test('events are put together wherever the stream is cut', () => {
  const stream =
    'retry: 2000\n\nid: 1\nevent: message\ndata: {"text":"Grüße\\n\\n"}\n\n:\n\nevent: typing\ndata: {"active":true}\n\n';
  for (let at = 0; at <= stream.length; at += 1) {
    const parser = new EventParser();
    const events = [...parser.push(stream.slice(0, at)), ...parser.push(stream.slice(at))];
    expect(events).toEqual([
      { id: '1', event: 'message', data: '{"text":"Grüße\\n\\n"}' },
      { event: 'typing', data: '{"active":true}' },
    ]);
  }
});

test('text on any accent colour has enough contrast', () => {
  expect([
    readableOn('#000000'),
    readableOn('#ffffff'),
    readableOn('#ffd400'),
    readableOn('#1d55c4'),
  ]).toEqual(['#fff', '#000', '#000', '#fff']);
  expect(legible(['#ffd400', '#1d55c4'], '#ffffff')).toBe('#1d55c4');
});

test('the language is the first wished one that there is', () => {
  expect(chooseLanguage(['xx', 'de-CH', 'en']).text('send')).toBe('Senden');
  expect(chooseLanguage(['ar-EG']).direction).toBe('rtl');
  expect(chooseLanguage(['constructor', '<b>', 'tlh']).tag).toBe('en');
  expect(chooseLanguage(['es']).text('joined', { name: '{name} $& Ana' })).toBe(
    '{name} $& Ana se ha unido al chat',
  );
});
