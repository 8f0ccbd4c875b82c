import type { Element } from '@xmpp/xml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ns } from '../../src/channels/xmpp/namespaces.ts';
import { childText, element } from '../../src/channels/xmpp/xml.ts';
import type { Agent } from './product/agent.ts';
import type { Enterprise } from './product/enterprise.ts';
import { jpeg, oggOf, pdf, png } from './product/files.ts';
import { missing } from './product/peers.ts';
import { startRig, type Rig } from './product/rig.ts';
import { until } from './product/until.ts';
import { XmppApp } from './product/xmpp-app.ts';

const without = await missing('synapse', 'prosody');

describe.skipIf(without !== undefined)(`XMPP, from app to Element and back ${without ?? ''}`, () => {
  let rig: Rig;
  let acme: Enterprise;
  let anna: Agent;
  let xenia: XmppApp;
  let room: string;
  let ghost: string;
  beforeAll(async () => {
    rig = await startRig({ tenants: { acme: { agents: ['anna'] } }, xmppUsers: ['xenia', 'yuri'] });
    acme = rig.enterprise('acme');
    anna = acme.agent('anna');
    xenia = await XmppApp.start(rig, acme.jid, 'xenia');
    await xenia.says('Is anybody there?');
    room = await anna.accepts();
    ({ sender: ghost } = await anna.sees(room, 'Is anybody there?'));
    // What she says goes to the customer: Switchboard knows that she is there, and passes on what she reads and types.
    await answered('I am here');
  });
  afterAll(async () => {
    await (xenia as XmppApp | undefined)?.leaves();
    await (rig as Rig | undefined)?.stop();
  });

  /** A message of the customer and the event that shows it. */
  async function said(text: string): Promise<{ id: string; event: string }> {
    const id = await xenia.says(text);
    return { id, event: (await anna.sees(room, text)).id };
  }
  /** A message of the agent and the stanza that brought it. */
  async function answered(text: string): Promise<{ event: string; id: string; stanza: Element }> {
    const event = await anna.says(room, text);
    const stanza = await xenia.gets(text);
    return { event, id: stanza.attrs['id'] ?? '', stanza };
  }

  test('texts go both ways, and each side learns that the other got and read them', async () => {
    const { id, event } = await said('Where is my order? 📦');
    await xenia.gets((stanza) => stanza.getChild('received', ns.receipts)?.attrs['id'] === id, 'a receipt');
    await anna.reads(room, event);
    await xenia.gets((stanza) => stanza.getChild('displayed', ns.markers)?.attrs['id'] === id, 'a read mark');

    const below = await said('And when will it come?');
    await anna.reads(room, await anna.says(room, '!note asked the depot'));
    await xenia.gets(
      (stanza) => stanza.getChild('displayed', ns.markers)?.attrs['id'] === below.id,
      'a read mark for what stands above the event that was read',
    );

    const answer = await answered('On its way 🚚 & soon <there>');
    await anna.seesReceipt(answer.event, acme.bot);
    await xenia.reads(answer.id);
    await anna.seesReceipt(answer.event, ghost);
  });

  test('formatting goes both ways', async () => {
    await xenia.says('It is *urgent*, see `ABC-1`');
    const { content } = await anna.sees(room, (event) => String(event.content['body']).includes('urgent'));
    expect(content['formatted_body']).toBe('It is <strong>urgent</strong>, see <code>ABC-1</code>');
    await anna.says(room, {
      msgtype: 'm.text',
      body: 'We *really* hurry',
      format: 'org.matrix.custom.html',
      formatted_body: 'We <strong>really</strong> <del>hurry</del> <em>run</em>',
    });
    await xenia.gets('We *really* ~hurry~ _run_');
  });

  test('a text longer than a stanza may be arrives whole, in parts, in order', async () => {
    const words = Array.from({ length: 5000 }, (_, index) => `word${String(index)}`);
    const long = await anna.says(room, words.join(' '));
    await xenia.gets((stanza) => childText(stanza, 'body')?.endsWith('word4999') === true, 'the last part');
    const parts = xenia.texts().filter((text) => text.includes('word'));
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.join(' ').match(/word\d+/g)).toEqual(words);
    await anna.seesReceipt(long, acme.bot);
  });

  test('pictures, files and voice go both ways, byte for byte', async () => {
    const memo = oggOf('from the customer');
    for (const [bytes, mimeType, name, msgtype] of [
      [png, 'image/png', 'damage.png', 'm.image'],
      [pdf, 'application/pdf', 'invoice.pdf', 'm.file'],
      [memo, 'audio/ogg', 'memo.ogg', 'm.audio'],
    ] as const) {
      await xenia.sendsFile(bytes, mimeType, name);
      const { content } = await anna.sees(room, (event) => event.content['msgtype'] === msgtype, name);
      expect(content).toMatchObject({ filename: name, info: { mimetype: mimeType, size: bytes.length } });
      const got = await anna.downloads(String(content['url']));
      expect(got.bytes.equals(bytes)).toBe(true);
    }

    const voice = oggOf('from the agent');
    for (const [bytes, mimeType, name, more] of [
      [jpeg, 'image/jpeg', 'label.jpg', { msgtype: 'm.image' }],
      [pdf, 'application/pdf', 'terms.pdf', { msgtype: 'm.file' }],
      [voice, 'audio/ogg', 'voice.ogg', { msgtype: 'm.audio', 'org.matrix.msc3245.voice': {} }],
    ] as const) {
      const url = await anna.uploads(bytes, mimeType, name);
      const event = await anna.says(room, {
        ...more,
        body: name,
        url,
        info: { mimetype: mimeType, size: bytes.length },
      });
      const file = await xenia.getsFile(name);
      expect(file.bytes.equals(bytes)).toBe(true);
      await anna.seesReceipt(event, acme.bot);
    }
  });

  test('places go both ways', async () => {
    await xenia.says('geo:52.5186,13.4083');
    const { content } = await anna.sees(
      room,
      (event) => event.content['msgtype'] === 'm.location',
      'a place',
    );
    expect(content['geo_uri']).toBe('geo:52.5186,13.4083');
    await anna.says(room, { msgtype: 'm.location', body: 'Our shop', geo_uri: 'geo:48.2082,16.3738' });
    const stanza = await xenia.gets('geo:48.2082,16.3738');
    const place = stanza.getChild('geoloc', ns.location);
    expect(['lat', 'lon', 'description'].map((name) => place?.getChildText(name))).toEqual([
      '48.2082',
      '16.3738',
      'Our shop',
    ]);
  });

  test('replies go both ways, with what they answer', async () => {
    const question = await said('Do you have it in blue?');
    const reply = await anna.repliesTo(room, question.event, 'In every colour');
    const stanza = await xenia.gets((each) => childText(each, 'body')?.endsWith('In every colour') === true);
    expect(stanza.getChild('reply', ns.reply)?.attrs['id']).toBe(question.id);
    await xenia.repliesTo(stanza.attrs['id'] ?? '', 'Blue it is');
    const { content } = await anna.sees(room, 'Blue it is');
    expect(content['m.relates_to']).toEqual({ 'm.in_reply_to': { event_id: reply } });
  });

  test('corrections go both ways', async () => {
    const first = await said('I live in Berln');
    await xenia.edits(first.id, 'I live in Berlin');
    await anna.seesNow(room, first.event, 'I live in Berlin');
    await xenia.edits(first.id, 'I live in Bern');
    await anna.seesNow(room, first.event, 'I live in Bern');

    const price = await answered('That is 10 €');
    await anna.edits(room, price.event, 'That is 12 €');
    const correction = await xenia.gets('That is 12 €');
    expect(correction.getChild('replace', ns.correction)?.attrs['id']).toBe(price.id);
  });

  test('what is taken back is taken back on the other side', async () => {
    const slip = await said('My PIN is 1234');
    await xenia.takesBack(slip.id);
    await anna.seesTakenBack(room, slip.event);

    const mistake = await answered('Wrong window, sorry');
    await anna.takesBack(room, mistake.event);
    await xenia.gets((each) => each.getChild('retract', ns.retraction)?.attrs['id'] === mistake.id);
  });

  test('reactions go both ways, and back', async () => {
    const { id, event } = await answered('Happy to help');
    await xenia.reacts(id, '👍', '🎉');
    const thumb = await anna.sees(room, reaction(event, '👍'), '👍');
    const party = await anna.sees(room, reaction(event, '🎉'), '🎉');
    await xenia.reacts(id, '🎉');
    await until('👍 taken back', () => anna.client.getRoom(room)?.findEventById(thumb.id)?.isRedacted());
    expect(anna.client.getRoom(room)?.findEventById(party.id)?.isRedacted()).toBe(false);

    const thanks = await said('Thank you');
    const heart = await anna.reacts(room, thanks.event, '❤️');
    await xenia.gets((each) => reactionsTo(each, thanks.id)?.join() === '❤️', '❤️');
    await anna.takesBack(room, heart);
    await xenia.gets((each) => reactionsTo(each, thanks.id)?.length === 0, 'no reaction');
  });

  test('each side sees the other typing', async () => {
    await xenia.types(true);
    await anna.seesTyping(room, ghost, true);
    await xenia.types(false);
    await anna.seesTyping(room, ghost, false);
    await anna.types(room, true);
    await xenia.gets((each) => each.getChild('composing', ns.chatStates) !== undefined, 'composing');
    await anna.types(room, false);
    await xenia.gets((each) => each.getChild('paused', ns.chatStates) !== undefined, 'paused');
  });

  test('everything came once, and nothing that was not meant for the customer', () => {
    expect(new Set(xenia.texts()).size).toBe(xenia.texts().length);
    expect(anna.textsIn(room, ghost).filter((text, at, all) => all.indexOf(text) !== at)).toEqual([]);
  });

  test('what comes back with an error is told in its thread, and !retry sends it again', async () => {
    // An app that gave a receipt before has the message: no error can take that back.
    const yuri = await XmppApp.start(rig, acme.jid, 'yuri', { givesReceipts: false });
    await yuri.says('I am about to leave');
    const his = await anna.accepts();
    const event = await anna.says(his, 'Did you get this?');
    const { attrs } = await yuri.gets('Did you get this?');
    await anna.seesReceipt(event, acme.bot);
    const gone = element('recipient-unavailable', { xmlns: ns.stanzaErrors });
    const error = element('error', { type: 'wait' }, gone);
    await yuri.customer.send(element('message', { to: acme.jid, type: 'error', id: attrs['id'] }, error));
    await anna.isTold(his, event, /^Not delivered: .*!retry/);
    await anna.repliesTo(his, event, '!retry');
    await until('the message once more', () => yuri.texts().length === 2, { seen: () => yuri.texts() });
    expect(yuri.texts()).toEqual(['Did you get this?', 'Did you get this?']);
    await yuri.leaves();
  });
});

function reaction(event: string, key: string) {
  return ({ type, content }: { type: string; content: Readonly<Record<string, unknown>> }): boolean => {
    const relation = content['m.relates_to'] as { event_id?: string; key?: string } | undefined;
    return type === 'm.reaction' && relation?.event_id === event && relation.key === key;
  };
}

function reactionsTo(stanza: Element, id: string): string[] | undefined {
  const set = stanza.getChild('reactions', ns.reactions);
  return set?.attrs['id'] === id ? set.getChildren('reaction').map((each) => each.getText()) : undefined;
}
