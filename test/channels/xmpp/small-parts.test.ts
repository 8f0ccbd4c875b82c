import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyText } from './any-text.ts';
import { retryDelay } from '../../../src/channels/xmpp/component-link.ts';
import { withoutFallback } from '../../../src/channels/xmpp/fallback.ts';
import { KeyedOrder } from '../../../src/channels/xmpp/keyed-order.ts';
import {
  customersMessage,
  derivedEvent,
  referredMessage,
  stanzaIdOf,
  stanzaIdOfDelivery,
  usableStanzaId,
} from '../../../src/channels/xmpp/native-id.ts';
import { serverDomain, xmppParameters } from '../../../src/channels/xmpp/parameters.ts';
import { changedReactions, withReaction } from '../../../src/channels/xmpp/reactions.ts';
import { reply } from '../../../src/channels/xmpp/replies.ts';
import { errorReply } from '../../../src/channels/xmpp/stanza-error.ts';
import { profileOf } from '../../../src/channels/xmpp/vcard.ts';
import { element, serialise } from '../../../src/channels/xmpp/xml.ts';
import { as } from '../../../src/platform/ids.ts';
import { stanza } from './parse-stanza.ts';

describe('native ids', () => {
  test('ours and theirs are told apart, and both lead back to the stanza id', () => {
    const ours = stanzaIdOfDelivery(as('d1'));
    expect(stanzaIdOf(ours)).toBe(ours);
    expect(referredMessage('alice@example.org', ours)).toBe(ours);
    const theirs = customersMessage('alice@example.org', 'id with spaces');
    expect(stanzaIdOf(theirs)).toBe('id with spaces');
    expect(referredMessage('alice@example.org', 'id with spaces')).toBe(theirs);
    expect(stanzaIdOf(derivedEvent('alice@example.org', 'x'))).toBeUndefined();
  });

  test('they are short and printable, whatever the address and the id', () => {
    fc.assert(
      fc.property(anyText({ maxLength: 2000 }), anyText({ maxLength: 300 }), (bare, id) => {
        const usable = usableStanzaId(id);
        if (usable !== undefined) expect(stanzaIdOf(customersMessage('a@b', usable))).toBe(usable);
        const native =
          usable === undefined
            ? derivedEvent('a@b', bare, id)
            : customersMessage('x'.repeat(bare.length + 1), usable);
        expect(native).toMatch(/^\P{Cc}{1,255}$/u);
      }),
    );
  });
});

describe('reactions', () => {
  test('from any set to any other, the changes lead there', () => {
    const set = fc.uniqueArray(fc.constantFrom('👍', '🎉', '❤️', '😀'));
    fc.assert(
      fc.property(set, set, (before, after) => {
        const reached = changedReactions(before, after).reduce<readonly string[]>(
          (now, { emoji, removed }) => withReaction(now, emoji, removed),
          before,
        );
        expect(new Set(reached)).toEqual(new Set(after));
        expect(withReaction(before, '', true)).toEqual([]);
      }),
    );
  });
});

describe('quotes in answers', () => {
  test('what is put in front of a body is taken away again', () => {
    const words = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(words, words, (body, excerpt) => {
        const answer = reply({ stanzaId: 'm1' }, body, excerpt);
        const message = element('message', {}, ...answer.elements);
        expect(withoutFallback(message, answer.body, 'urn:xmpp:reply:0')).toBe(body);
      }),
    );
  });

  test.each([
    ["<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'/>", ''],
    ["<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body/></fallback>", ''],
    ["<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><subject/></fallback>", '👍 body'],
    ["<fallback xmlns='urn:xmpp:fallback:0' for='urn:test'/>", '👍 body'],
    [
      "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='2'/></fallback>",
      'body',
    ],
    [
      "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='-1' end='99999999999'/></fallback>",
      '',
    ],
    [
      "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='5' end='2'/></fallback>",
      '👍 body',
    ],
  ])('%s', (mark, kept) => {
    expect(withoutFallback(stanza(`<message>${mark}</message>`), '👍 body', 'urn:xmpp:reply:0')).toBe(kept);
  });
});

describe('errors', () => {
  test('are never answered by errors', () => {
    for (const type of ['error', 'result'])
      expect(
        errorReply(stanza(`<iq type='${type}' from='a@b' id='1'/>`), 'bad-request', 'no'),
      ).toBeUndefined();
    expect(errorReply(stanza("<message type='chat'/>"), 'bad-request', 'no')).toBeUndefined();
  });

  test('go back the way the stanza came', () => {
    const answer = errorReply(stanza("<message from='a@b/c' to='d@e' id='1'/>"), 'item-not-found', 'nobody');
    expect(serialise(answer!)).toBe(
      '<message type="error" from="d@e" to="a@b/c" id="1"><error type="cancel">' +
        '<item-not-found xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/>' +
        '<text xmlns="urn:ietf:params:xml:ns:xmpp-stanzas" xml:lang="en">nobody</text></error></message>',
    );
  });
});

describe('business cards', () => {
  const card = (inside: string) =>
    profileOf(stanza(`<iq><vCard xmlns='vcard-temp'>${inside}</vCard></iq>`).getChild('vCard')!);
  test.each<[string, object]>([
    ['<FN>Alice</FN><NICKNAME>al</NICKNAME>', { name: 'Alice' }],
    ['<N><FAMILY>Liddell</FAMILY><GIVEN>Alice</GIVEN></N>', { name: 'Alice Liddell' }],
    ['<TEL><NUMBER>555</NUMBER></TEL><TEL><NUMBER>+1 555-010-0200</NUMBER></TEL>', { phone: '+15550100200' }],
    ['<EMAIL><USERID>a@example.org</USERID></EMAIL>', { details: { email: 'a@example.org' } }],
    ['<PHOTO><EXTVAL>https://example.org/a.png</EXTVAL></PHOTO>', { picture: 'https://example.org/a.png' }],
    ['<PHOTO><TYPE>text/html</TYPE><BINVAL>AAAA</BINVAL></PHOTO>', {}],
    ['<PHOTO><TYPE>image/png</TYPE><BINVAL>@@@</BINVAL></PHOTO>', {}],
    ['<FN>  </FN>', {}],
  ])('%s', (inside, profile) => {
    expect(card(inside)).toEqual(profile);
  });
});

describe('waiting and order', () => {
  test('each attempt waits longer, up to a minute, and half of it is chance', () => {
    expect(retryDelay(0, 0)).toBe(125);
    expect(retryDelay(0, 1)).toBe(250);
    expect(retryDelay(3, 1)).toBe(2_000);
    expect(retryDelay(1_000, 1)).toBe(60_000);
    expect(retryDelay(1_000, 0)).toBe(30_000);
  });

  test('tasks of one key follow each other, those of another do not wait', async () => {
    const order = new KeyedOrder();
    const done: string[] = [];
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    order.run('a', async () => {
      await gate;
      done.push('a1');
    });
    order.run('a', async () => void done.push('a2'));
    order.run('b', async () => void done.push('b1'));
    await Promise.resolve();
    await Promise.resolve();
    expect(done).toEqual(['b1']);
    release();
    await order.settled();
    expect(done).toEqual(['b1', 'a1', 'a2']);
    expect(order.running).toBe(0);
  });
});

describe('parameters', () => {
  const given = { domain: 'Bridge.Example.org', secret: 'component-secret' };
  test('the least that is needed', () => {
    const parameters = xmppParameters.parse(given);
    expect(parameters).toMatchObject({ domain: 'bridge.example.org', host: '127.0.0.1', port: 5347 });
    expect(serverDomain(parameters)).toBe('example.org');
    expect(serverDomain({ ...parameters, server: 'chat.example' })).toBe('chat.example');
  });

  test.each([
    { domain: 'user@example.org' },
    { domain: '' },
    { port: 0 },
    { secret: '' },
    { trustedOrigins: ['https://example.org/path'] },
    { trustedOrigins: ['ftp://example.org'] },
    { avatar: 'https://example.org/a.png' },
  ])('refused: %j', (wrong) => {
    expect(xmppParameters.safeParse({ ...given, ...wrong }).success).toBe(false);
  });
});
