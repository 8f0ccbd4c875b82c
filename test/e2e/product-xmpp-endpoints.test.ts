import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { childText } from '../../src/channels/xmpp/xml.ts';
import type { Agent } from './product/agent.ts';
import type { Enterprise } from './product/enterprise.ts';
import { missing } from './product/peers.ts';
import { startRig, type Rig } from './product/rig.ts';
import { SmsCustomer } from './product/sms-customer.ts';
import { until } from './product/until.ts';
import { XmppApp } from './product/xmpp-app.ts';

const without = await missing('synapse', 'prosody');

describe.skipIf(without !== undefined)(`an agent who is reached by XMPP as well ${without ?? ''}`, () => {
  let rig: Rig;
  let acme: Enterprise;
  let anna: Agent;
  let ben: Agent;
  let app: XmppApp;
  beforeAll(async () => {
    const settings = {
      anna: { endpoints: [{ line: 'jabber', address: 'Anna@localhost' }] },
    };
    const texts = { closed: 'Good bye.' };
    rig = await startRig({
      tenants: { acme: { agents: ['anna', 'ben'], settings, texts, queue: { retrySeconds: 1 } } },
      xmppUsers: ['anna', 'cora'],
    });
    acme = rig.enterprise('acme');
    [anna, ben] = [acme.agent('anna'), acme.agent('ben')];
    app = await XmppApp.start(rig, acme.jid, 'anna');
  });
  afterAll(async () => {
    await (app as XmppApp | undefined)?.leaves();
    await (rig as Rig | undefined)?.stop();
  });

  const begins = (text: string) => (stanza: Parameters<typeof childText>[0]) =>
    childText(stanza, 'body')?.startsWith(text) === true;

  test('answers offers from the bare domain, before she wrote to any name; nobody else is heard there', async () => {
    const domain = acme.jid.slice(acme.jid.indexOf('@') + 1);
    const atDomain = app.writingTo(domain);
    const offers = () => atDomain.texts().filter((text) => text.endsWith('1. Accept\n2. Decline')).length;
    await ben.says(await ben.atDesk(), '!busy');
    const kim = new SmsCustomer(acme, '+15554440003');
    await kim.says('Where is my invoice?');
    await until('the first offer', () => offers() === 1);
    const room = await anna.isAsked();
    await atDomain.says('2');
    await atDomain.gets('Passed on.');
    await until('the second offer', () => offers() === 2);
    await atDomain.says('1');
    await atDomain.gets(begins('The session is yours.'), 'the session');
    // Into the room as well, once she is invited to it the second time.
    const invitations = async () =>
      (await acme.view.events(room)).filter(
        ({ type, state_key: who, content }) =>
          type === 'm.room.member' && who === anna.userId && content['membership'] === 'invite',
      );
    await until('both invitations', async () => (await invitations()).length === 2);
    await anna.joins(room);
    await atDomain.says('In your letter box');
    await kim.gets('In your letter box');
    await kim.says('Thanks');
    await atDomain.gets('Thanks');

    const cora = (await XmppApp.start(rig, acme.jid, 'cora')).writingTo(domain);
    await expect(cora.saysAndIsHeard('Is anybody there?')).rejects.toThrow('item-not-found');
    await cora.leaves();

    await atDomain.says('!close');
    await kim.gets('Good bye.');
    expect(kim.texts()).toEqual(['In your letter box', 'Good bye.']);
    await anna.isIn(room, 'leave');
  });

  test('takes a session in the app, talks to the customer through the room, corrects herself, and closes it', async () => {
    // From now on she is written to under the name that she wrote to.
    await app.says('!available');
    await app.gets(begins('You are available'), 'an answer');
    const sam = new SmsCustomer(acme, '+15554440002');
    await sam.says('Where is my order?');
    const offer = await app.gets(
      (stanza) => childText(stanza, 'body')?.endsWith('1. Accept\n2. Decline') === true,
      'an offer',
    );
    expect(childText(offer, 'body')).toContain('Where is my order?');
    const room = await anna.isAsked();
    await app.says('1');
    await app.gets(begins('The session is yours.'), 'the session');
    await acme.invite(room, ben.userId);
    await ben.joins(room);

    const first = await app.says('Hi, this is Ana');
    await sam.gets('Hi, this is Ana');
    const { sender, id: event } = await ben.sees(room, 'Hi, this is Ana');
    expect(ben.client.getRoom(room)?.getMember(sender)?.name).toBe('Anna (XMPP)');
    await app.edits(first, 'Hi, this is Anna');
    await ben.seesNow(room, event, 'Hi, this is Anna');

    await sam.says('Thank you');
    await app.gets('Thank you');
    await ben.sees(room, 'Thank you');
    await ben.says(room, 'I only look on');
    await app.says('!note a kind customer');
    await app.gets('Noted. The customer does not see this.');
    await app.says('It comes tomorrow');
    await sam.gets('It comes tomorrow');
    await ben.sees(room, 'It comes tomorrow');
    await app.says('!close');
    await sam.gets('Good bye.');
    await app.gets('Session closed by Anna.');
    expect(sam.texts()).toEqual([
      'Hi, this is Ana',
      expect.stringContaining('Hi, this is Anna'),
      'It comes tomorrow',
      'Good bye.',
    ]);
    expect(app.texts().filter((text) => text === 'I only look on')).toEqual([]);
    await until(
      'the ghost to be out of the room',
      () => ben.client.getRoom(room)?.getMember(sender)?.membership === 'leave',
    );

    await app.says('One thing more');
    await app.gets(begins('Nobody reads this'), 'a hint');
    expect(sam.texts()).toHaveLength(4);
    expect(ben.textsIn(room)).not.toContain('One thing more');
  });
});
