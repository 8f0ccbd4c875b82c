import { Element } from '@xmpp/xml';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyText } from './any-text.ts';
import { readMessage, type ReadMessage } from '../../../src/channels/xmpp/from-xmpp.ts';
import { ns } from '../../../src/channels/xmpp/namespaces.ts';
import { stanza } from './parse-stanza.ts';

const now = Date.UTC(2026, 4, 1, 12);
const from = { id: 'alice@example.org', via: 'sales@bridge.example' };

function read(xml: string): ReadMessage {
  const reading = readMessage(stanza(xml), { line: 'line-1', now });
  if (reading.kind !== 'message') throw new Error(JSON.stringify(reading));
  return reading.message;
}

/** A chat message of Alice's phone. */
function chat(inside: string, attrs = "id='m1'"): string {
  return `<message from='alice@example.org/phone' to='sales@bridge.example' type='chat' ${attrs}>${inside}</message>`;
}

function messageIn(inside: string): unknown {
  const [event] = read(chat(inside)).events;
  return event?.kind === 'message' ? event.message : undefined;
}

describe('from XMPP', () => {
  test('a message: whole', () => {
    expect(
      read(
        chat(
          "<body>Hello</body><active xmlns='http://jabber.org/protocol/chatstates'/><request xmlns='urn:xmpp:receipts'/><markable xmlns='urn:xmpp:chat-markers:0'/><nick xmlns='http://jabber.org/protocol/nick'>Alice</nick>",
        ),
      ),
    ).toEqual({
      from,
      device: 'alice@example.org/phone',
      name: 'sales',
      stanzaId: 'm1',
      at: now,
      events: [
        {
          kind: 'message',
          id: 'alice@example.org m1',
          from,
          to: 'sales',
          at: now,
          message: { content: { kind: 'text', text: 'Hello' } },
          profile: { name: 'Alice' },
        },
      ],
      typing: false,
      wantsReceipt: true,
      markable: true,
      givesReceipts: false,
    });
  });

  test.each<[string, unknown]>([
    ['pt-BR', { app: { language: 'pt-BR' } }],
    ['no language at all', undefined],
    ['', undefined],
  ])('xml:lang “%s” is the language of the app, if it is one', (tag, profile) => {
    const [event] = read(chat('<body>Hi</body>', `id='m1' xml:lang='${tag}'`)).events;
    expect(event?.kind === 'message' ? event.profile : 'no message').toEqual(profile);
  });

  const text = (words: string, html?: string) => ({
    kind: 'text',
    text: words,
    ...(html === undefined ? {} : { html }),
  });
  const media = (url: string, mimeType: string, fileName: string) => ({
    source: { type: 'channel', line: 'line-1', reference: url },
    mimeType,
    fileName,
  });

  test.each<[string, string, unknown]>([
    ['a text', '<body>Hi &lt;there&gt;</body>', { content: text('Hi <there>') }],
    ['styled', '<body>*so* it is</body>', { content: text('*so* it is', '<strong>so</strong> it is') }],
    [
      'not to be styled',
      "<body>*so*</body><unstyled xmlns='urn:xmpp:styling:0'/>",
      { content: text('*so*') },
    ],
    ['an action', '<body>/me waves</body>', { content: { ...text('waves'), emote: true } }],
    ['with a subject', '<subject>Order</subject><body>late</body>', { content: text('Order\n\nlate') }],
    [
      'a correction',
      "<body>fixed</body><replace id='m0' xmlns='urn:xmpp:message-correct:0'/>",
      { content: text('fixed'), edits: { id: 'alice@example.org m0' } },
    ],
    [
      'a retraction',
      "<retract id='m0' xmlns='urn:xmpp:message-retract:1'/><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:message-retract:1'/><body>gone</body>",
      { retracts: { id: 'alice@example.org m0' } },
    ],
    [
      'a retraction of older apps',
      "<apply-to id='m0' xmlns='urn:xmpp:fasten:0'><retract xmlns='urn:xmpp:message-retract:0'/></apply-to>",
      { retracts: { id: 'alice@example.org m0' } },
    ],
    [
      'an answer to us',
      "<body>&gt; q\nyes</body><reply id='sb.d1' to='sales@bridge.example' xmlns='urn:xmpp:reply:0'/><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='4'/></fallback>",
      { content: text('yes'), replyTo: { id: 'sb.d1' } },
    ],
    [
      'an answer to themselves',
      "<body>also</body><reply id='m0' xmlns='urn:xmpp:reply:0'/>",
      { content: text('also'), replyTo: { id: 'alice@example.org m0' } },
    ],
    [
      'a picture',
      "<body>https://up.example/1/cat%20pic.jpg</body><x xmlns='jabber:x:oob'><url>https://up.example/1/cat%20pic.jpg</url></x>",
      {
        content: {
          kind: 'image',
          media: media('https://up.example/1/cat%20pic.jpg', 'image/jpeg', 'cat pic.jpg'),
        },
      },
    ],
    [
      'a file with words',
      "<body>my bill</body><x xmlns='jabber:x:oob'><url>https://up.example/b.pdf</url></x>",
      {
        content: {
          kind: 'file',
          media: media('https://up.example/b.pdf', 'application/pdf', 'b.pdf'),
          caption: 'my bill',
        },
      },
    ],
    [
      'an SVG, which may hold scripts',
      "<x xmlns='jabber:x:oob'><url>https://up.example/a.svg</url></x>",
      { content: { kind: 'file', media: media('https://up.example/a.svg', 'image/svg+xml', 'a.svg') } },
    ],
    [
      'a place',
      '<body>geo:52.5,13.4;u=10</body>',
      { content: { kind: 'location', latitude: 52.5, longitude: 13.4 } },
    ],
    [
      'a place with words',
      "<body>here</body><geoloc xmlns='http://jabber.org/protocol/geoloc'><lat>-1.5</lat><lon>2</lon></geoloc>",
      { content: { kind: 'location', latitude: -1.5, longitude: 2, label: 'here' } },
    ],
    ['a place off the earth', '<body>geo:95,13</body>', { content: text('geo:95,13') }],
    [
      'encrypted',
      "<body>cannot</body><encryption xmlns='urn:xmpp:eme:0' namespace='urn:xmpp:omemo:2'/>",
      {
        content: { kind: 'unsupported', description: 'a message encrypted with OMEMO, which we cannot read' },
      },
    ],
    [
      'an encrypted file',
      '<body>aesgcm://up.example/x#00</body>',
      {
        content: { kind: 'unsupported', description: 'a message encrypted with OMEMO, which we cannot read' },
      },
    ],
    [
      'an invitation',
      "<x xmlns='jabber:x:conference' jid='room@muc.example'/>",
      { content: { kind: 'unsupported', description: 'an invitation to a group chat' } },
    ],
    ['nothing but a state', "<composing xmlns='http://jabber.org/protocol/chatstates'/>", undefined],
    ['an empty body', '<body/>', undefined],
  ])('%s', (_name, inside, message) => {
    expect(messageIn(inside)).toEqual(message);
  });

  test('several files are several events', () => {
    const file = (name: string) => `<x xmlns='jabber:x:oob'><url>https://up.example/${name}</url></x>`;
    const { events } = read(chat(`<body>both</body>${file('a.png')}${file('b.png')}`));
    expect(events.map((event) => event.kind === 'message' && event.message.content)).toMatchObject([
      { kind: 'image', caption: 'both', media: { fileName: 'a.png' } },
      { kind: 'image', media: { fileName: 'b.png' } },
    ]);
    expect(new Set(events.map(({ id }) => id)).size).toBe(2);
  });

  test.each<[string, string, object | undefined]>([
    [
      'a receipt',
      "<received id='sb.d1' xmlns='urn:xmpp:receipts'/>",
      { target: 'sb.d1', status: 'delivered' },
    ],
    [
      'read up to here',
      "<displayed id='sb.d1' xmlns='urn:xmpp:chat-markers:0'/>",
      { target: 'sb.d1', status: 'read', andEarlier: true },
    ],
    [
      'acknowledged',
      "<acknowledged id='sb.d1' xmlns='urn:xmpp:chat-markers:0'/>",
      { target: 'sb.d1', status: 'read', andEarlier: true },
    ],
    ['a receipt for what is not ours', "<received id='d1' xmlns='urn:xmpp:receipts'/>", undefined],
  ])('%s', (_name, inside, receipt) => {
    const { events } = read(chat(inside));
    if (receipt === undefined) expect(events).toEqual([]);
    else expect(events).toMatchObject([{ kind: 'receipt', from, at: now, ...receipt }]);
    expect(read(chat(inside, "id='other'")).events.map(({ id }) => id)).toEqual(events.map(({ id }) => id));
  });

  test('reactions are a set, to our message or to theirs', () => {
    const set = (id: string) =>
      `<reactions id='${id}' xmlns='urn:xmpp:reactions:0'><reaction>👍</reaction><reaction>👍</reaction><reaction> </reaction></reactions><body>👍</body>`;
    expect(read(chat(set('sb.d1'))).reactions).toEqual({
      id: 'alice@example.org m1',
      target: 'sb.d1',
      emojis: ['👍'],
    });
    expect(read(chat(set('m0'))).reactions?.target).toBe('alice@example.org m0');
    expect(read(chat(set('m0'))).events).toEqual([]);
  });

  test('an error for a message of ours is a failure with a reason in our words', () => {
    const { events } = read(
      "<message from='alice@example.org' to='sales@bridge.example' type='error' id='sb.d1'><error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>call +1 900 SCAM</text></error></message>",
    );
    expect(events).toMatchObject([
      { kind: 'receipt', target: 'sb.d1', status: 'failed', reason: 'there is no such XMPP account' },
    ]);
  });

  test.each<[string, string, string]>([
    ['a group chat', chat('<body>x</body>').replace("'chat'", "'groupchat'"), 'ignored'],
    ['a headline', chat('<body>x</body>').replace("'chat'", "'headline'"), 'ignored'],
    ['a carbon', chat("<sent xmlns='urn:xmpp:carbons:2'/>"), 'ignored'],
    ['from the archive', chat("<result xmlns='urn:xmpp:mam:2'/>"), 'ignored'],
    ['an error for nothing', chat('<error/>').replace("'chat'", "'error'"), 'ignored'],
    ['no sender', "<message to='sales@bridge.example'><body>x</body></message>", 'refused'],
    [
      'a sender that is no address',
      "<message from='@@' to='sales@bridge.example'><body>x</body></message>",
      'refused',
    ],
  ])('%s is %3$s', (_name, xml, kind) => {
    expect(readMessage(stanza(xml), { line: 'line-1', now }).kind).toBe(kind);
  });

  test('when it was written, where a server kept it; never in the future', () => {
    const delayed = (stamp: string) =>
      read(chat(`<body>x</body><delay xmlns='urn:xmpp:delay' stamp='${stamp}'/>`)).at;
    expect(delayed('2026-04-30T10:00:00Z')).toBe(Date.UTC(2026, 3, 30, 10));
    expect(delayed('2026-04-30T12:00:00.5+02:00')).toBe(Date.UTC(2026, 3, 30, 10) + 500);
    for (const odd of ['2027-01-01T00:00:00Z', '1970-01-01T00:00:00Z', 'yesterday', ''])
      expect(delayed(odd)).toBe(now);
  });

  test('without an id, the same words at the same time are the same event', () => {
    const ids = (body: string, stamp: string) =>
      read(chat(`<body>${body}</body><delay xmlns='urn:xmpp:delay' stamp='${stamp}'/>`, '')).events.map(
        ({ id }) => id,
      );
    expect(ids('x', '2026-04-30T10:00:00Z')).toEqual(ids('x', '2026-04-30T10:00:00Z'));
    expect(ids('x', '2026-04-30T10:00:00Z')).not.toEqual(ids('x', '2026-04-30T10:00:01Z'));
    expect(ids('x', '2026-04-30T10:00:00Z')).not.toEqual(ids('y', '2026-04-30T10:00:00Z'));
  });

  test('an origin-id serves where there is no id', () => {
    const { stanzaId } = read(chat("<body>x</body><origin-id id='o1' xmlns='urn:xmpp:sid:0'/>", ''));
    expect(stanzaId).toBe('o1');
  });

  test('any stanza is read without an exception, and gives events that can be stored', () => {
    const name = fc.constantFrom(
      'message',
      'body',
      'x',
      'url',
      'reactions',
      'reaction',
      'reply',
      'fallback',
      'received',
      'displayed',
      'retract',
      'apply-to',
      'replace',
      'delay',
      'nick',
      'error',
      'geoloc',
      'lat',
      'lon',
      'encryption',
      'origin-id',
      'subject',
    );
    const attr = fc.constantFrom(
      'id',
      'xmlns',
      'for',
      'start',
      'end',
      'stamp',
      'namespace',
      'to',
      'from',
      'type',
    );
    const value = fc.oneof(
      fc.constantFrom(...Object.values(ns), 'sb.1', 'a@b', '-1', '99', 'error'),
      anyText(),
    );
    const { tree } = fc.letrec<{ tree: Element; child: Element | string }>((tie) => ({
      child: fc.oneof({ depthSize: 'small' }, anyText(), tie('tree')),
      tree: fc
        .tuple(name, fc.dictionary(attr, value), fc.array(tie('child'), { maxLength: 4 }))
        .map(([tag, attrs, children]) => {
          const made = new Element(tag, attrs);
          for (const child of children) made.append(child);
          return made;
        }),
    }));
    const top = fc.tuple(
      fc.array(tree, { maxLength: 6 }),
      fc.option(value),
      fc.constantFrom('chat', 'error', undefined),
    );
    fc.assert(
      fc.property(top, ([children, id, type]) => {
        const made = new Element('message', { from: 'alice@example.org/x', to: 'sales@bridge.example' });
        if (id !== null) made.attrs['id'] = id;
        made.attrs['type'] = type;
        made.append(...children);
        const reading = readMessage(made, { line: 'line-1', now });
        if (reading.kind !== 'message') return;
        for (const event of reading.message.events) {
          expect(event.id).toMatch(/^\P{Cc}{1,255}$/u);
          expect(JSON.parse(JSON.stringify(event))).toEqual(event);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
