import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyText } from './any-text.ts';
import { ChannelError } from '../../../src/channels/channel.ts';
import { readMessage } from '../../../src/channels/xmpp/from-xmpp.ts';
import { xmppCapabilities } from '../../../src/channels/xmpp/capabilities.ts';
import { messageStanza, reactionStanza, retractionStanza } from '../../../src/channels/xmpp/to-xmpp.ts';
import { asRead, serialise } from '../../../src/channels/xmpp/xml.ts';
import type { Content, Message } from '../../../src/message/message.ts';
import { outgoing, text } from './open-xmpp-line.ts';
import { stanza } from './parse-stanza.ts';

const route = { from: 'sales@bridge.example', to: 'alice@example.org' };
const head = '<message from="sales@bridge.example" to="alice@example.org" id="sb.d1" type="chat">';
const tail =
  '<request xmlns="urn:xmpp:receipts"/><markable xmlns="urn:xmpp:chat-markers:0"/>' +
  '<active xmlns="http://jabber.org/protocol/chatstates"/><origin-id xmlns="urn:xmpp:sid:0" id="sb.d1"/></message>';
const shortTail = '<store xmlns="urn:xmpp:hints"/><origin-id xmlns="urn:xmpp:sid:0" id="sb.d1"/></message>';

function said(message: Message): string {
  return serialise(messageStanza(route, outgoing(message, 'd1'), { url: 'https://up.example/1/a.png' }));
}

describe('to XMPP', () => {
  test.each<[string, Message, string]>([
    ['a text', text('1 < 2 & "so"'), '<body>1 &lt; 2 &amp; "so"</body>'],
    ['formatted', { content: { kind: 'text', text: 'so', html: '<b>so</b>' } }, '<body>*so*</body>'],
    ['an action', { content: { kind: 'text', text: 'waves', emote: true } }, '<body>/me waves</body>'],
    ['what XML cannot carry', text('a\u0000b\u000bc\uffff'), '<body>abc</body>'],
    [
      'a correction',
      { ...text('fixed'), edits: { id: 'sb.d0' } },
      '<body>fixed</body><replace xmlns="urn:xmpp:message-correct:0" id="sb.d0"/>',
    ],
    [
      'an answer with a quote',
      { ...text('yes'), replyTo: { id: 'alice@example.org m1', excerpt: 'is it 👍?\nreally' } },
      '<body>&gt; is it 👍?\n&gt; really\nyes</body><reply xmlns="urn:xmpp:reply:0" to="alice@example.org" id="m1"/>' +
        '<fallback xmlns="urn:xmpp:fallback:0" for="urn:xmpp:reply:0"><body start="0" end="20"/></fallback>',
    ],
    [
      'an answer to ourselves',
      { ...text('also'), replyTo: { id: 'sb.d0' } },
      '<body>also</body><reply xmlns="urn:xmpp:reply:0" to="sales@bridge.example" id="sb.d0"/>',
    ],
    [
      'an answer to what has no name',
      { ...text('yes'), replyTo: { id: 'alice@example.org ~abc', excerpt: 'q' } },
      '<body>yes</body>',
    ],
    [
      'a file',
      { content: { kind: 'image', media: { source: { type: 'url', url: 'x' }, mimeType: 'image/png' } } },
      '<body>https://up.example/1/a.png</body><x xmlns="jabber:x:oob"><url>https://up.example/1/a.png</url></x>',
    ],
    [
      'a place',
      { content: { kind: 'location', latitude: 52.5, longitude: 13.4, label: 'Office' } },
      '<body>geo:52.5,13.4</body><geoloc xmlns="http://jabber.org/protocol/geoloc"><lat>52.5</lat><lon>13.4</lon>' +
        '<description>Office</description></geoloc>',
    ],
  ])('%s', (_name, message, inside) => {
    expect(said(message)).toBe(head + inside + tail);
  });

  test('a retraction', () => {
    expect(serialise(retractionStanza(route, outgoing({ retracts: { id: 'sb.d0' } }, 'd1')))).toBe(
      `${head}<retract xmlns="urn:xmpp:message-retract:1" id="sb.d0"/>` +
        '<fallback xmlns="urn:xmpp:fallback:0" for="urn:xmpp:message-retract:1"/>' +
        `<body>This message was withdrawn, but your app cannot hide it.</body>${shortTail}`,
    );
  });

  test('reactions, as a set', () => {
    const target = 'alice@example.org m1';
    expect(serialise(reactionStanza(route, outgoing({}, 'd1'), target, ['👍', '🎉']))).toBe(
      `${head}<reactions xmlns="urn:xmpp:reactions:0" id="m1"><reaction>👍</reaction><reaction>🎉</reaction></reactions>${shortTail}`,
    );
  });

  test.each<[string, Message]>([
    ['nothing', {}],
    ['a choice', { content: { kind: 'choice', text: 'which?', options: [] } }],
    ['a contact', { content: { kind: 'contact', name: 'Ann', phones: [], emails: [] } }],
    ['a correction of what has no name', { ...text('x'), edits: { id: 'alice@example.org ~abc' } }],
  ])('%s cannot be said', (_name, message) => {
    expect(() => said(message)).toThrow(ChannelError);
  });

  test('whatever is said is one whole stanza, with the same words in it', () => {
    const words = anyText({ minLength: 1, maxLength: 200 });
    const excerpt = fc.option(words, { nil: undefined });
    fc.assert(
      fc.property(words, excerpt, (body, quote) => {
        const content: Content = { kind: 'text', text: body };
        const replyTo = { id: 'alice@example.org m1', ...(quote === undefined ? {} : { excerpt: quote }) };
        const read = stanza(said({ content, replyTo }));
        const text = read.getChildText('body') ?? '';
        const range = read.getChild('fallback')?.getChild('body')?.attrs;
        const kept = Array.from(text)
          .slice(Number(range?.['end'] ?? 0))
          .join('');
        expect(kept).toBe(asRead(body));
      }),
    );
  });

  test('the longest text, escaped, is within what servers take', () => {
    const longest = '&'.repeat(xmppCapabilities.text.maxLength);
    const sent = said(text(longest));
    expect(Buffer.byteLength(sent)).toBeLessThan(256 * 1024);
    const read = readMessage(stanza(sent), { line: 'l', now: 0 });
    expect(read.kind).toBe('message');
  });
});
