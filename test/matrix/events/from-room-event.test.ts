import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCommand } from '../../../src/matrix/commands.ts';
import type { RawRoomEvent, RoomInput } from '../../../src/matrix/room-input.ts';
import { rawEvent, read, readMessage } from './raw-event.ts';

const origin = { sender: '@alice:localhost', eventId: '$event', at: 1_700_000_000_000 };
const other = (what: string): RoomInput => ({ kind: 'other', ...origin, what }) as RoomInput;
const message = (said: object): object => ({ kind: 'message', ...origin, message: said });
const said = (content: object): object => message({ content });
const mxc = 'mxc://localhost/abcDEF_1-2';
const source = { type: 'matrix', homeserver: 'main', mxc };
const octets = 'application/octet-stream';
const html = (body: string, formatted: unknown): object => ({
  msgtype: 'm.text',
  body,
  format: 'org.matrix.custom.html',
  formatted_body: formatted,
});

describe('messages of agents', () => {
  test.each<[string, object, object]>([
    ['text', { msgtype: 'm.text', body: 'hi' }, said({ kind: 'text', text: 'hi' })],
    ['emote', { msgtype: 'm.emote', body: 'waves' }, said({ kind: 'text', text: 'waves', emote: true })],
    ['formatted', html('hi', '<b>hi</b>'), said({ kind: 'text', text: 'hi', html: '<b>hi</b>' })],
    [
      'script',
      html('hi', '<script>x</script><b>hi</b>'),
      said({ kind: 'text', text: 'hi', html: '<b>hi</b>' }),
    ],
    ['formatted as a number', html('hi', 7), said({ kind: 'text', text: 'hi' })],
    ['another format', { ...html('hi', '<b>hi</b>'), format: 'x' }, said({ kind: 'text', text: 'hi' })],
    ['notice', { msgtype: 'm.notice', body: 'hi' }, other('notice')],
    ['no type', { body: 'hi' }, other('message without a type')],
    ['redacted before it came', {}, other('message without a type')],
    ['blank', { msgtype: 'm.text', body: ' \n' }, other('message without text')],
    ['body as a list', { msgtype: 'm.text', body: ['hi'] }, other('message without text')],
    ['verification', { msgtype: 'm.key.verification.request', body: 'x' }, other('verification of a device')],
    [
      'unknown kind',
      { msgtype: 'org.example', body: 'x' },
      said({ kind: 'unsupported', description: 'a message of a kind unknown here' }),
    ],
    [
      'picture',
      { msgtype: 'm.image', body: 'a.png', url: mxc, info: { mimetype: 'image/png', size: 5, w: 3, h: 4 } },
      said({
        kind: 'image',
        media: { source, mimeType: 'image/png', fileName: 'a.png', sizeBytes: 5, width: 3, height: 4 },
      }),
    ],
    [
      'caption',
      { ...html('Look', '<i>Look</i>'), msgtype: 'm.image', filename: 'a.png', url: mxc },
      said({
        kind: 'image',
        media: { source, mimeType: octets, fileName: 'a.png' },
        caption: 'Look',
        captionHtml: '<i>Look</i>',
      }),
    ],
    [
      'body that repeats the name',
      { msgtype: 'm.file', body: 'a.pdf', filename: 'a.pdf', url: mxc },
      said({ kind: 'file', media: { source, mimeType: octets, fileName: 'a.pdf' } }),
    ],
    [
      'voice',
      {
        msgtype: 'm.audio',
        body: 'v.ogg',
        url: mxc,
        info: { duration: 1500.7 },
        'org.matrix.msc3245.voice': {},
      },
      said({ kind: 'voice', media: { source, mimeType: octets, fileName: 'v.ogg', durationMs: 1500 } }),
    ],
    [
      'audio with nonsense around it',
      {
        msgtype: 'm.audio',
        body: '../../etc/pass\u202ewd',
        url: mxc,
        info: { mimetype: '<b>', size: -1, w: 'x', h: 2 },
      },
      said({ kind: 'audio', media: { source, mimeType: octets, fileName: 'passwd' } }),
    ],
    ['video', { msgtype: 'm.video', url: mxc }, said({ kind: 'video', media: { source, mimeType: octets } })],
    [
      'encrypted file',
      { msgtype: 'm.file', body: 'a', file: { url: mxc } },
      said({ kind: 'unsupported', description: 'an encrypted file' }),
    ],
    [
      'file elsewhere',
      { msgtype: 'm.file', body: 'a', url: 'https://evil.example/a' },
      said({ kind: 'unsupported', description: 'a file without an address' }),
    ],
    [
      'place',
      { msgtype: 'm.location', body: 'Office', geo_uri: 'geo:52.5,-13.25;u=35' },
      said({ kind: 'location', latitude: 52.5, longitude: -13.25, label: 'Office' }),
    ],
    [
      'place by the newer key',
      {
        msgtype: 'm.location',
        body: 'x',
        geo_uri: 'geo:1,1',
        'org.matrix.msc3488.location': { uri: 'geo:2,3', description: 'Pier' },
      },
      said({ kind: 'location', latitude: 2, longitude: 3, label: 'Pier' }),
    ],
    [
      'no place',
      { msgtype: 'm.location', body: 'x', geo_uri: 'geo:91,0' },
      said({ kind: 'unsupported', description: 'a location without coordinates' }),
    ],
  ])('%s', (_, content, expected) => {
    expect(readMessage(content)).toEqual(expected);
  });
});

describe('what must not be relayed', () => {
  const command = (name: string, argument: string): object => ({
    kind: 'command',
    ...origin,
    name,
    argument,
  });
  test.each<[string, object, object]>([
    ['a command', { msgtype: 'm.text', body: '!note x' }, command('note', 'x')],
    ['an emote', { msgtype: 'm.emote', body: '!note x' }, command('note', 'x')],
    ['a caption', { msgtype: 'm.image', body: '!note x', filename: 'a', url: mxc }, command('note', 'x')],
    ['a place', { msgtype: 'm.location', body: '!note x', geo_uri: 'geo:1,1' }, command('note', 'x')],
    [
      'an edit',
      {
        msgtype: 'm.text',
        body: '* harmless',
        'm.new_content': { msgtype: 'm.text', body: '!note x' },
        'm.relates_to': { rel_type: 'm.replace', event_id: '$one' },
      },
      command('note', 'x'),
    ],
    [
      'an answer',
      {
        msgtype: 'm.text',
        body: '> <@bob:localhost> hello\n\n!note x',
        'm.relates_to': { 'm.in_reply_to': { event_id: '$one' } },
      },
      { ...command('note', 'x'), replyTo: '$one' },
    ],
  ])('%s', (_, content, expected) => {
    expect(readMessage(content)).toEqual(expected);
  });

  test('an escaped one is text', () => {
    expect(readMessage(html('!!wow', '<b>!!wow</b>'))).toEqual(
      said({ kind: 'text', text: '!wow', html: '<b>!wow</b>' }),
    );
    expect(readMessage(html('!!wow', 'something else'))).toEqual(said({ kind: 'text', text: '!wow' }));
  });

  test('the quote of a message that is answered', () => {
    const reply = {
      ...html(
        '> <@bob:localhost> internal\n> more\n\nSure',
        '<mx-reply><blockquote>internal</blockquote></mx-reply>Sure',
      ),
      'm.relates_to': { 'm.in_reply_to': { event_id: '$one' } },
    };
    expect(readMessage(reply)).toEqual(
      message({ content: { kind: 'text', text: 'Sure', html: 'Sure' }, replyTo: { id: '$one' } }),
    );
    const unclosed = { ...html('Sure', '<mx-reply><b>internal'), 'm.relates_to': {} };
    expect(JSON.stringify(readMessage(unclosed))).not.toContain('internal');
    // A quote of the agent's own making stays.
    const quote = { msgtype: 'm.text', body: '> <@bob:localhost> said' };
    expect(readMessage(quote)).toEqual(said({ kind: 'text', text: '> <@bob:localhost> said' }));
  });

  test('our own events, and state in the form of a message', () => {
    expect(
      read(rawEvent('m.room.message', { msgtype: 'm.text', body: 'x' }, { sender: '@_sb_bot:localhost' })),
    ).toMatchObject({ kind: 'other' });
    expect(
      read(rawEvent('m.room.message', { msgtype: 'm.text', body: 'x' }, { state_key: '' })),
    ).toMatchObject({
      kind: 'other',
    });
  });
});

describe('relations', () => {
  const text = { msgtype: 'm.text', body: 'x' };
  test('an answer in a thread counts, what clients put beside a thread does not', () => {
    const thread = { rel_type: 'm.thread', event_id: '$root', 'm.in_reply_to': { event_id: '$one' } };
    expect(readMessage({ ...text, 'm.relates_to': thread })).toMatchObject({
      message: { replyTo: { id: '$one' } },
    });
    expect(readMessage({ ...text, 'm.relates_to': { ...thread, is_falling_back: true } })).toEqual({
      ...said({ kind: 'text', text: 'x' }),
      thread: '$root',
    });
  });

  test('edits', () => {
    const relation = { 'm.relates_to': { rel_type: 'm.replace', event_id: '$one' } };
    expect(
      readMessage({ ...text, body: '* y', 'm.new_content': { ...text, body: 'y' }, ...relation }),
    ).toEqual(message({ content: { kind: 'text', text: 'y' }, edits: { id: '$one' } }));
    expect(readMessage({ ...text, ...relation })).toEqual(other('edit without new content'));
    expect(
      readMessage({ ...text, 'm.new_content': { msgtype: 'm.notice', body: 'y' }, ...relation }),
    ).toEqual(other('notice'));
  });

  test.each<[string, object, object, object]>([
    ['in the content', { redacts: '$one' }, {}, message({ retracts: { id: '$one' } })],
    ['outside', {}, { redacts: '$one' }, message({ retracts: { id: '$one' } })],
    ['nowhere', {}, {}, other('redaction without a target')],
    ['as a number', { redacts: 5 }, {}, other('redaction without a target')],
  ])('redaction with its target %s', (_, content, more, expected) => {
    expect(read(rawEvent('m.room.redaction', content, more))).toEqual(expected);
  });

  test('reactions', () => {
    const reaction = (key: unknown): RoomInput =>
      read(rawEvent('m.reaction', { 'm.relates_to': { rel_type: 'm.annotation', event_id: '$one', key } }));
    expect(reaction('👍')).toEqual(message({ reactsTo: { id: '$one', emoji: '👍' } }));
    for (const key of ['', 'mxc://localhost/a', 5, 'x'.repeat(300)]) {
      expect(reaction(key)).toEqual(other('reaction without a target or an emoji'));
    }
  });
});

describe('other events', () => {
  test.each<[string, RawRoomEvent, object]>([
    ['encrypted', rawEvent('m.room.encrypted', {}), { kind: 'undecryptable', ...origin }],
    [
      'sticker',
      rawEvent('m.sticker', { body: '!cat', url: mxc, info: {} }),
      said({ kind: 'sticker', media: { source, mimeType: octets, fileName: '!cat' } }),
    ],
    ['poll', rawEvent('m.poll.start', {}), said({ kind: 'unsupported', description: 'a poll' })],
    ['unknown', rawEvent('org.example', {}), other('org.example')],
    [
      'tombstone',
      rawEvent('m.room.tombstone', { replacement_room: '!next' }, { state_key: '' }),
      { kind: 'upgraded', ...origin, replacement: '!next' },
    ],
    [
      'half a tombstone',
      rawEvent('m.room.tombstone', {}, { state_key: '' }),
      other('tombstone without a replacement'),
    ],
    [
      'membership',
      rawEvent(
        'm.room.member',
        { membership: 'leave', reason: 'lunch' },
        { state_key: '@bob:localhost', unsigned: { prev_content: { membership: 'join' } } },
      ),
      {
        kind: 'membership',
        ...origin,
        user: '@bob:localhost',
        membership: 'leave',
        before: 'join',
        reason: 'lunch',
      },
    ],
    [
      'no membership',
      rawEvent('m.room.member', { membership: 'x' }, { state_key: '@b:c' }),
      other('malformed membership'),
    ],
  ])('%s', (_, raw, expected) => {
    expect(read(raw)).toEqual(expected);
  });
});

test('whatever a member sends, it is read without an error and never gives a command away', () => {
  const types = [
    'm.room.message',
    'm.sticker',
    'm.reaction',
    'm.room.redaction',
    'm.room.member',
    'm.room.tombstone',
  ];
  const keys = [
    ...[
      'msgtype',
      'body',
      'format',
      'formatted_body',
      'url',
      'file',
      'info',
      'filename',
      'geo_uri',
      'redacts',
    ],
    ...[
      'm.relates_to',
      'm.new_content',
      'm.in_reply_to',
      'rel_type',
      'event_id',
      'key',
      'membership',
      '__proto__',
    ],
    ...['m.location', 'uri', 'description', 'mimetype', 'size', 'w', 'h', 'duration', 'replacement_room'],
  ];
  const words = [
    ...[
      'm.text',
      'm.emote',
      'm.image',
      'm.audio',
      'm.location',
      'm.replace',
      'm.thread',
      'm.annotation',
      '$one',
    ],
    ...[
      'org.matrix.custom.html',
      '<b>x',
      '!note x',
      '!!x',
      '> <@a:b> x\n\n!note',
      mxc,
      'geo:1,2',
      'join',
      '',
    ],
  ];
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom(...words),
      fc.string(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 3 }),
      tie('fields'),
    ),
    fields: fc.dictionary(fc.constantFrom(...keys), tie('value'), { maxKeys: 8 }),
  }));
  const fields = fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 10 });
  fc.assert(
    fc.property(fc.constantFrom(...types), fields, fields, (type, content, unsigned) => {
      const input = read(
        rawEvent(type, content, { unsigned, state_key: type.endsWith('r') ? '@b:c' : undefined }),
      );
      if (input.kind !== 'message') return;
      const said = input.message.content;
      const typed =
        said?.kind === 'text' ? said.text : said !== undefined && 'caption' in said ? said.caption : '';
      // Only what was escaped may still look like one.
      if (parseCommand(typed) !== undefined) expect(JSON.stringify(content)).toContain('!!');
    }),
    { numRuns: 3000 },
  );
});
