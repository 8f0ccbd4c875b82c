import { createHash } from 'node:crypto';
import type { Element } from '@xmpp/xml';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { freePort } from '../../dev/free-ports.ts';
import { ensureProsody } from '../../dev/prosody/ensure-prosody.ts';
import { startProsody, type RunningProsody } from '../../dev/prosody/start-prosody.ts';
import { ChannelError, type ChannelEvent } from '../../src/channels/channel.ts';
import { ns } from '../../src/channels/xmpp/namespaces.ts';
import { childText, element, flag } from '../../src/channels/xmpp/xml.ts';
import { as } from '../../src/platform/ids.ts';
import { openXmppLine, outgoing, text, type OpenLine } from '../channels/xmpp/open-xmpp-line.ts';
import { body, receiptRequest, startCustomer, type XmppCustomer } from '../channels/xmpp/xmpp-customer.ts';

const available = await ensureProsody();
const domain = 'bridge.localhost';
const secret = 'component-secret';
const phone = '+15551234@bridge.localhost';
const mail = 'sales\\40acme.example@bridge.localhost';
const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

type MessageEvent = Extract<ChannelEvent, { kind: 'message' }>;

describe.skipIf('unavailable' in available)('XMPP on a real Prosody', () => {
  let prosody: RunningProsody;
  let line: OpenLine;
  let alice: XmppCustomer;

  const parameters = () => ({
    domain,
    secret,
    port: prosody.ports.components,
    trustedOrigins: [`http://127.0.0.1:${prosody.ports.http}`],
    avatar: `data:image/png;base64,${pixel.toString('base64')}`,
  });
  const customer = (name: string, options: { readonly givesReceipts?: boolean } = {}) =>
    startCustomer({
      service: prosody.clientService,
      host: prosody.host,
      name,
      password: `pw-${name}`,
      ...options,
    });
  const messageWith = async (words: string): Promise<MessageEvent> =>
    (await line.host.until(
      (event) =>
        event.kind === 'message' &&
        event.message.content?.kind === 'text' &&
        event.message.content.text === words,
    )) as MessageEvent;
  const errorFor = (who: XmppCustomer, id: string) =>
    who.until((stanza) => stanza.attrs['id'] === id && stanza.attrs['type'] === 'error', 'error');
  const condition = (stanza: Element) => stanza.getChild('error')?.getChildElements()[0]?.getName();

  beforeAll(async () => {
    prosody = await startProsody({
      components: [{ domain, secret }],
      users: ['alice', 'bob', 'carol', 'dora', 'erin'].map((name) => ({ name, password: `pw-${name}` })),
      maxUploadBytes: 1024 * 1024,
    });
    line = await openXmppLine(parameters(), {
      identifiers: ['+15551234', 'sales@acme.example'],
      agents: ['erin@localhost'],
    });
    await line.untilState('connected');
    alice = await customer('alice');
  });
  afterAll(async () => {
    await alice.stop();
    await line.close();
    await prosody.stop();
  });

  test('the tenant is reached by any of its names, and answers from the one that was used', async () => {
    await alice.say(phone, [body('to the number')]);
    const byPhone = await messageWith('to the number');
    expect(byPhone).toMatchObject({ to: '+15551234', from: { id: 'alice@localhost', via: phone } });
    await alice.say(mail, [body('to the mail address')]);
    const byMail = await messageWith('to the mail address');
    expect(byMail).toMatchObject({ to: 'sales@acme.example', from: { id: 'alice@localhost', via: mail } });
    await line.connection.send(byMail.from, outgoing(text('from the mail address')));
    const answer = await alice.until((stanza) => childText(stanza, 'body') === 'from the mail address');
    expect(answer.attrs['from']).toBe(mail);
    expect(answer.attrs['to']).toBe('alice@localhost');
  });

  test('an unknown name is refused, and so is a message to the bare domain', async () => {
    const messages = () => line.host.events.filter(({ kind }) => kind === 'message').length;
    const before = messages();
    for (const to of [`nobody@${domain}`, domain]) {
      const id = await alice.say(to, [body('anybody there?')]);
      expect(condition(await errorFor(alice, id))).toBe('item-not-found');
    }
    expect(messages()).toBe(before);
  });

  test('an agent may write to the bare domain, and is written to from it', async () => {
    const anna = await customer('erin');
    const from = { id: as<never>('erin@localhost') };
    await line.connection.send(from, outgoing(text('will you take it?')));
    const offer = await anna.until((stanza) => childText(stanza, 'body') === 'will you take it?');
    expect(offer.attrs['from']).toBe(domain);
    await anna.send(element('presence', { to: domain, type: 'subscribe' }));
    await anna.until((stanza) => stanza.is('presence') && stanza.attrs['from'] === domain);
    await anna.say(domain, [body('gladly')]);
    const answer = await messageWith('gladly');
    expect(answer).toMatchObject({ from: { id: 'erin@localhost', via: domain } });
    expect(answer).not.toHaveProperty('to');
    await line.connection.send(answer.from, outgoing(text('it is yours')));
    const told = await anna.until((stanza) => childText(stanza, 'body') === 'it is yours');
    expect(told.attrs['from']).toBe(domain);
    await anna.stop();
  });

  test('styled text comes as HTML and goes as styled text', async () => {
    await alice.say(phone, [body('this is *bold* and `code`')]);
    const event = await messageWith('this is *bold* and `code`');
    expect(event.message.content).toMatchObject({
      html: 'this is <strong>bold</strong> and <code>code</code>',
    });
    await line.connection.send(
      event.from,
      outgoing({ content: { kind: 'text', text: 'so be it', html: 'so <em>be</em> it' } }),
    );
    await alice.until((stanza) => childText(stanza, 'body') === 'so _be_ it');
  });

  test('reactions: the set of the network becomes single ones, and the other way round', async () => {
    const { id } = await line.connection.send({ id: as(alice.bare), via: phone }, outgoing(text('react!')));
    const set = (...emojis: string[]) =>
      alice.say(phone, [
        element(
          'reactions',
          { xmlns: ns.reactions, id },
          ...emojis.map((each) => element('reaction', {}, each)),
        ),
      ]);
    await set('👍', '🎉');
    await set('🎉', '❤️');
    await set();
    const changes = () =>
      line.host.events.flatMap((event) =>
        event.kind === 'message' && event.message.reactsTo?.id === id ? [event.message.reactsTo] : [],
      );
    await vi.waitFor(() => expect(changes()).toHaveLength(6));
    expect(changes().map(({ emoji, removed }) => `${removed === true ? '-' : '+'}${emoji}`)).toEqual([
      '+👍',
      '+🎉',
      '-👍',
      '+❤️',
      '-🎉',
      '-❤️',
    ]);

    await alice.say(phone, [body('react to this')], { id: 'react-to-this' });
    const theirs = await messageWith('react to this');
    const react = (emoji: string, removed = false) =>
      line.connection.react!(
        theirs.from,
        outgoing({ reactsTo: { id: theirs.id, emoji, ...(removed ? { removed } : {}) } }),
      );
    await react('👍');
    await react('🎉');
    await react('👍', true);
    const sets = () =>
      alice.received.flatMap((stanza) => {
        const reactions = stanza.getChild('reactions', ns.reactions);
        return reactions?.attrs['id'] === 'react-to-this'
          ? [reactions.getChildren('reaction').map((each) => each.getText())]
          : [];
      });
    await vi.waitFor(() => expect(sets()).toEqual([['👍'], ['👍', '🎉'], ['🎉']]));
  });

  test('a reply without its quote, and a quote around ours', async () => {
    const { id } = await line.connection.send(
      { id: as(alice.bare), via: phone },
      outgoing(text('which size?')),
    );
    await alice.say(phone, [
      body('> which size?\nextra large'),
      element('reply', { xmlns: ns.reply, to: phone, id }),
      element('fallback', { xmlns: ns.fallback, for: ns.reply }, element('body', { start: '0', end: '14' })),
    ]);
    const event = await messageWith('extra large');
    expect(event.message.replyTo?.id).toBe(id);
    await line.connection.send(
      event.from,
      outgoing({
        content: { kind: 'text', text: 'noted' },
        replyTo: { id: event.id, excerpt: 'extra large' },
      }),
    );
    const answer = await alice.until((stanza) => childText(stanza, 'body') === '> extra large\nnoted');
    expect(answer.getChild('reply', ns.reply)?.attrs).toMatchObject({ to: 'alice@localhost' });
    expect(answer.getChild('fallback', ns.fallback)?.getChild('body')?.attrs).toEqual({
      start: '0',
      end: '14',
    });
  });

  test('an encrypted message is told as such', async () => {
    await alice.say(phone, [
      element('encrypted', { xmlns: 'eu.siacs.conversations.axolotl' }, element('payload', {}, 'AAAA')),
      element('encryption', {
        xmlns: ns.encryption,
        namespace: 'eu.siacs.conversations.axolotl',
        name: 'OMEMO',
      }),
      body('I sent you an OMEMO encrypted message but your client doesn’t seem to support that.'),
    ]);
    const event = await line.host.until(
      (each) => each.kind === 'message' && each.message.content?.kind === 'unsupported',
    );
    expect(event).toMatchObject({
      message: { content: { description: 'a message encrypted with OMEMO, which we cannot read' } },
    });
  });

  test('a message to nobody fails with the reason', async () => {
    const { id } = await line.connection.send(
      { id: as('nobody@localhost'), via: phone },
      outgoing(text('are you there?')),
    );
    const receipt = await line.host.until((event) => event.kind === 'receipt' && event.target === id);
    expect(receipt).toMatchObject({ status: 'failed', from: { id: 'nobody@localhost' } });
    expect(receipt).toHaveProperty('reason', 'the account does not take messages now');
  });

  test('a message to somebody offline waits at the server, and its receipt comes late', async () => {
    const { id } = await line.connection.send(
      { id: as('bob@localhost'), via: phone },
      outgoing(text('later')),
    );
    const bob = await customer('bob');
    const stanza = await bob.until((each) => childText(each, 'body') === 'later');
    expect(stanza.getChild('delay', ns.delay)).toBeDefined();
    await line.host.until(
      (event) => event.kind === 'receipt' && event.target === id && event.status === 'delivered',
    );
    await bob.stop();
  });

  test('subscription: accepted, returned, and the tenant is there with a picture', async () => {
    const roster = (subscription: string) => (stanza: Element) =>
      stanza
        .getChild('query', 'jabber:iq:roster')
        ?.getChildren('item')
        .some((item) => item.attrs['jid'] === phone && item.attrs['subscription'] === subscription) === true;
    await alice.ask(alice.bare, flag('query', 'jabber:iq:roster')); // from now on changes are told
    await alice.send(element('presence', { to: phone, type: 'subscribe' }));
    const from = (type: string | undefined) => (stanza: Element) =>
      stanza.is('presence') && stanza.attrs['from'] === phone && stanza.attrs['type'] === type;
    await alice.until(roster('to'), 'contact list with us in it');
    await alice.until(from('subscribe'));
    await alice.send(element('presence', { to: phone, type: 'subscribed' }));
    await alice.until(roster('both'), 'contact list with both directions');
    const presence = await alice.until(from(undefined));
    expect(presence.getChild('x', ns.vcardUpdate)?.getChildText('photo')).toBe(
      createHash('sha1').update(pixel).digest('hex'),
    );
    expect(childText(presence, 'nick')).toBe('Acme');
    const refused = `nobody@${domain}`;
    await alice.send(element('presence', { to: refused, type: 'subscribe' }));
    await alice.until(
      (stanza) => stanza.attrs['from'] === refused && stanza.attrs['type'] === 'unsubscribed',
    );
  });

  test('the business card, what it can, and other questions', async () => {
    const card = await alice.ask(phone, flag('vCard', ns.vcard));
    expect(card.getChild('vCard')?.getChildText('FN')).toBe('Acme');
    expect(card.getChild('vCard')?.getChild('PHOTO')?.getChildText('BINVAL')).toBe(pixel.toString('base64'));
    const info = await alice.ask(phone, flag('query', ns.discoInfo));
    const features = info
      .getChild('query')
      ?.getChildren('feature')
      .map((each) => each.attrs['var']);
    expect(features).toEqual(
      expect.arrayContaining([ns.receipts, ns.chatStates, ns.reactions, ns.correction]),
    );
    expect((await alice.ask(domain, flag('query', ns.discoItems))).attrs['type']).toBe('result');
    expect((await alice.ask(phone, flag('ping', ns.ping))).attrs['type']).toBe('result');
    expect((await alice.ask(phone, flag('query', ns.version))).getChild('query')?.getChildText('name')).toBe(
      'Switchboard',
    );
    expect(condition(await alice.ask(phone, flag('query', 'jabber:iq:last')))).toBe('service-unavailable');
    expect(condition(await alice.ask(`nobody@${domain}`, flag('query', ns.discoInfo)))).toBe(
      'item-not-found',
    );
  });

  test("a customer's app tells its name, what it can, and the language", async () => {
    const dora = await customer('dora');
    dora.onStanza((stanza) => {
      const { from, id, type } = stanza.attrs;
      if (type !== 'get' || stanza.getChild('query', ns.discoInfo) === undefined) return;
      const told = element(
        'query',
        { xmlns: ns.discoInfo },
        element('identity', { category: 'client', type: 'phone', name: 'Chatty' }),
        element('feature', { var: ns.receipts }),
        element('feature', { var: ns.correction }),
      );
      void dora.send(element('iq', { type: 'result', to: from, id }, told));
    });
    await dora.say(phone, [body('hola')], { 'xml:lang': 'es' });
    expect((await messageWith('hola')).profile).toMatchObject({ app: { language: 'es' } });
    const profile = await line.host.until(
      (event) => event.kind === 'profile' && event.from.id === dora.bare && event.profile.app !== undefined,
    );
    expect(profile).toMatchObject({
      from: { via: phone },
      profile: { app: { client: 'Chatty', abilities: [ns.receipts, ns.correction].sort() } },
    });
    await dora.stop();
  });

  test("a customer's business card is their profile", async () => {
    const set = element(
      'vCard',
      { xmlns: ns.vcard },
      element('FN', {}, 'Alice Liddell'),
      element('TEL', {}, element('NUMBER', {}, '+1 (555) 010-0200')),
      element('PHOTO', {}, element('TYPE', {}, 'image/png'), element('BINVAL', {}, pixel.toString('base64'))),
    );
    const from = alice.received.length;
    await alice.send(element('iq', { type: 'set', id: 'set-card' }, set));
    await vi.waitFor(() =>
      expect(alice.received.slice(from).some((each) => each.attrs['id'] === 'set-card')).toBe(true),
    );
    const profile = await line.connection.profile!({ id: as(alice.bare), via: phone });
    expect(profile).toMatchObject({ name: 'Alice Liddell', phone: '+15550100200' });
    const { source } = profile!.avatar!;
    if (source.type !== 'channel') throw new Error('not a reference of the line');
    const opened = await line.connection.fetchMedia!(source.reference);
    expect(Buffer.concat(await opened.stream.toArray()).equals(pixel)).toBe(true);
    expect(await line.connection.profile!({ id: as('nobody@localhost'), via: phone })).toBeUndefined();
  });

  test('a file goes through the upload service, one too large for it as a link of ours', async () => {
    const send = async (bytes: Buffer) => {
      const media = line.host.addMedia(bytes, 'application/pdf', 'offer.pdf');
      const { id } = await line.connection.send(
        { id: as(alice.bare), via: phone },
        outgoing({ content: { kind: 'file', media } }),
      );
      const stanza = await alice.until((each) => each.attrs['id'] === id);
      const url = stanza.getChild('x', ns.outOfBand)?.getChildText('url') ?? '';
      expect(childText(stanza, 'body')).toBe(url);
      expect(Buffer.from(await (await fetch(url)).arrayBuffer()).equals(bytes)).toBe(true);
      return url;
    };
    expect(await send(Buffer.from('small'))).toContain('/file_share/');
    expect(await send(Buffer.alloc(2 * 1024 * 1024))).toContain('/media/');
  });

  test('a wrong secret is told, and not shown', async () => {
    const other = await openXmppLine({ ...parameters(), secret: 'quite-wrong-secret' });
    await other.untilState('unauthorised');
    expect(await other.connection.verify!()).toEqual(['the XMPP server refused the component secret']);
    const failure = await other.connection
      .send({ id: as(alice.bare) }, outgoing(text('no')))
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ChannelError);
    await other.close();
    expect(JSON.stringify([other.host.states, other.host.logger.lines])).not.toContain('quite-wrong-secret');
  });

  test('what an app never confirms that has confirmed before, is unclear', async () => {
    const carol = await customer('carol', { givesReceipts: false });
    await line.close();
    line = await openXmppLine({ ...parameters(), receiptTimeoutSeconds: 1 });
    await line.untilState('connected');
    const to = { id: as<never>(carol.bare), via: phone };
    const first = await line.connection.send(to, outgoing(text('first')));
    await carol.until((stanza) => childText(stanza, 'body') === 'first');
    await carol.say(phone, [element('received', { xmlns: ns.receipts, id: first.id })]);
    await line.host.until((event) => event.kind === 'receipt' && event.target === first.id);
    const second = await line.connection.send(to, outgoing(text('second')));
    const receipt = await line.host.until((event) => event.kind === 'receipt' && event.target === second.id);
    expect(receipt).toMatchObject({ status: 'unclear', from: to });
    await carol.say(phone, [element('received', { xmlns: ns.receipts, id: second.id })]);
    await line.host.until(
      (event) => event.kind === 'receipt' && event.target === second.id && event.status === 'delivered',
    );
    await carol.stop();
  });

  test('what cannot be stored is given back to the sender, without a receipt', async () => {
    line.host.failAccepts(true);
    const id = await alice.say(phone, [body('not kept'), receiptRequest()]);
    expect(condition(await errorFor(alice, id))).toBe('resource-constraint');
    line.host.failAccepts(false);
    expect(alice.received.some((each) => each.getChild('received', ns.receipts)?.attrs['id'] === id)).toBe(
      false,
    );
  });
});

describe('without any XMPP server', () => {
  test('the line says that it is not there, and goes on trying', async () => {
    const line = await openXmppLine({ domain, secret, port: await freePort() });
    await vi.waitFor(() =>
      expect(line.host.states.filter(({ state }) => state === 'disconnected').length).toBeGreaterThan(1),
    );
    await line.close();
  });
});
