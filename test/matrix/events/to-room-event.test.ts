import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fitEvent } from '../../../src/matrix/events/event-size.ts';
import { noticeEvent } from '../../../src/matrix/events/notice-event.ts';
import { toRoomEvent, withoutFile, type RoomEvent } from '../../../src/matrix/events/to-room-event.ts';
import type { Content, MediaContent, Message } from '../../../src/message/message.ts';
import { as, type MatrixEventId } from '../../../src/platform/ids.ts';
import { rawEvent, read } from './raw-event.ts';

const delivery = as<never>('d1');
const one = as<MatrixEventId>('$one');
const mark = { 'm.mentions': {}, 'chat.switchboard.delivery': 'd1' };
const mxc = 'mxc://localhost/abc';
const show = (
  message: Message,
  references: object = {},
  media?: { mxc: string; mimeType: string },
): RoomEvent => toRoomEvent(message, { delivery, references, ...(media === undefined ? {} : { media }) });
const shown = (content: Content): unknown => show({ content }).content;

describe('contents', () => {
  test.each<[string, Content, object]>([
    ['text', { kind: 'text', text: 'hi' }, { msgtype: 'm.text', body: 'hi', ...mark }],
    [
      'formatted',
      { kind: 'text', text: 'hi', html: '<b>hi</b>' },
      {
        msgtype: 'm.text',
        body: 'hi',
        format: 'org.matrix.custom.html',
        formatted_body: '<b>hi</b>',
        ...mark,
      },
    ],
    ['emote', { kind: 'text', text: 'waves', emote: true }, { msgtype: 'm.emote', body: 'waves', ...mark }],
    ['answer', { kind: 'chosen', id: '2', label: 'No' }, { msgtype: 'm.text', body: 'No', ...mark }],
    [
      'page',
      { kind: 'page', url: 'https://a.example' },
      { msgtype: 'm.text', body: 'https://a.example', ...mark },
    ],
    [
      'template',
      { kind: 'template', name: 't', language: 'en', parameters: [], text: 'Your code' },
      { msgtype: 'm.text', body: 'Your code', ...mark },
    ],
  ])('%s', (_, content, expected) => {
    expect(shown(content)).toEqual(expected);
  });

  test('a choice is a numbered list, and nothing in it is taken for HTML', () => {
    const options = [
      { id: 'a', label: 'Yes' },
      { id: 'b', label: '<No>' },
    ];
    expect(shown({ kind: 'choice', text: 'Well?', options })).toMatchObject({
      body: 'Well?\n1. Yes\n2. <No>',
      formatted_body: '<p>Well?</p><ol><li>Yes</li><li>&lt;No&gt;</li></ol>',
    });
  });

  test('a page whose address nobody should open is no link', () => {
    expect(shown({ kind: 'page', url: 'javascript:alert(1)', title: 'Click' })).toMatchObject({
      formatted_body: 'Click (javascript:alert(1))',
    });
  });

  test('media that could not be had', () => {
    const content: MediaContent = {
      kind: 'image',
      media: { source: { type: 'url', url: 'https://x' }, mimeType: 'image/png', fileName: '<a>.png' },
      caption: 'Look',
    };
    expect(withoutFile(content, 'gone')).toEqual({
      kind: 'text',
      text: '[<a>.png: could not be fetched: gone]\nLook',
      html: '<em>[&lt;a&gt;.png: could not be fetched: gone]</em><br>Look',
    });
  });
});

describe('references', () => {
  const content: Content = { kind: 'text', text: 'uno', html: '<i>uno</i>' };
  test('edits', () => {
    expect(show({ content, edits: { id: 'm1' } }, { edits: one }).content).toMatchObject({
      body: '* uno',
      formatted_body: '* <i>uno</i>',
      'm.new_content': { msgtype: 'm.text', body: 'uno', formatted_body: '<i>uno</i>' },
      'm.relates_to': { rel_type: 'm.replace', event_id: one },
    });
    expect(show({ content, edits: { id: 'm1' } }).content).toMatchObject({ body: '(corrected) uno' });
  });

  test('answers', () => {
    const message: Message = { content, replyTo: { id: 'm1', author: 'Bo', excerpt: 'Ready?\nNow?' } };
    expect(show(message, { replyTo: one }).content).toMatchObject({
      body: 'uno',
      'm.relates_to': { 'm.in_reply_to': { event_id: one } },
    });
    expect(show(message).content).toMatchObject({
      body: '> Bo: Ready?\n> Now?\n\nuno',
      formatted_body: '<blockquote>Bo: Ready?<br>Now?</blockquote><i>uno</i>',
    });
  });

  test('reactions', () => {
    const message: Message = { reactsTo: { id: 'm1', emoji: '👍', excerpt: 'Ready?' } };
    expect(show(message, { reactsTo: one })).toEqual({
      type: 'm.reaction',
      content: {
        'm.relates_to': { rel_type: 'm.annotation', event_id: one, key: '👍' },
        'chat.switchboard.delivery': 'd1',
      },
    });
    expect(show(message).content).toMatchObject({ msgtype: 'm.emote', body: 'reacted with 👍 to “Ready?”' });
  });

  test('notices', () => {
    const thread = { root: one, about: as<MatrixEventId>('$two') };
    expect(noticeEvent({ text: 'failed', delivery, thread, mention: [as('@a:b')] }).content).toEqual({
      msgtype: 'm.notice',
      body: 'failed',
      'm.mentions': { user_ids: ['@a:b'] },
      'm.relates_to': {
        rel_type: 'm.thread',
        event_id: '$one',
        is_falling_back: true,
        'm.in_reply_to': { event_id: '$two' },
      },
      'chat.switchboard.delivery': 'd1',
    });
  });
});

describe('size', () => {
  test('too long, an event goes without its HTML, in an edit too', () => {
    const content: Content = { kind: 'text', text: 'short', html: `<b>${'x'.repeat(61_000)}</b>` };
    for (const message of [{ content }, { content, edits: { id: 'm' } }]) {
      const event = fitEvent(show(message, { edits: one }));
      expect(event?.content['body']).toMatch(/short$/);
      expect(JSON.stringify(event)).not.toContain('formatted_body');
    }
  });
  test('still too long, it does not go', () => {
    expect(fitEvent(show({ content: { kind: 'text', text: 'ä'.repeat(31_000) } }))).toBeUndefined();
  });
});

test('what is shown reads back as what was meant', () => {
  const words = fc
    .string({ unit: 'grapheme', minLength: 1 })
    .filter((text) => text.trim() !== '' && !/^[\s\p{Cf}]*!/u.test(text) && text.isWellFormed());
  const degrees = (most: number): fc.Arbitrary<number> =>
    fc.integer({ min: -most * 1e6, max: most * 1e6 }).map((n) => n / 1e6);
  const reference = { source: { type: 'matrix' as const, homeserver: 'main', mxc }, mimeType: 'image/png' };
  const contents: fc.Arbitrary<Content> = fc.oneof(
    words.map((text) => ({ kind: 'text' as const, text })),
    fc.record({
      kind: fc.constant('location' as const),
      latitude: degrees(90),
      longitude: degrees(180),
      label: words,
    }),
    fc.record({
      kind: fc.constantFrom(
        'image' as const,
        'audio' as const,
        'voice' as const,
        'video' as const,
        'file' as const,
      ),
      media: fc.constant({ ...reference, fileName: 'a.png' }),
      caption: words.filter((text) => text !== 'a.png'),
    }),
  );
  fc.assert(
    fc.property(contents, (content) => {
      const event = show({ content, replyTo: { id: 'm' } }, { replyTo: one }, { mxc, mimeType: 'image/png' });
      const input = read(rawEvent(event.type, event.content));
      const expected =
        content.kind === 'voice' ? { ...content, media: { ...content.media, durationMs: 0 } } : content;
      expect(input).toMatchObject({ kind: 'message', message: { content: expected, replyTo: { id: one } } });
    }),
  );
});
