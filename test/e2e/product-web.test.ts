import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium } from '../../dev/chromium.ts';
import type { Agent } from './product/agent.ts';
import { ChatPage } from './product/chat-page.ts';
import type { Enterprise } from './product/enterprise.ts';
import { jpeg, oggOf, pdf, png, wav } from './product/files.ts';
import { missing } from './product/peers.ts';
import { startRig, type Rig } from './product/rig.ts';
import { until } from './product/until.ts';
import { look } from './web-rig.ts';

/** For people to look at. */
const shots = process.env['SWITCHBOARD_SHOTS'] ?? join(tmpdir(), 'switchboard-shots');
const without = await missing('synapse', 'chromium');

describe.skipIf(without !== undefined)(`web chat, from browser to Element and back ${without ?? ''}`, () => {
  let rig: Rig;
  let acme: Enterprise;
  let anna: Agent;
  let browser: Browser;
  let wendy: ChatPage;
  let room: string;
  let ghost: string;
  beforeAll(async () => {
    const texts = {
      greeting: 'Thank you for writing to {tenant}.',
      agentJoined: 'You are talking to {agent}.',
      closed: 'Good bye from {tenant}.',
    };
    rig = await startRig({ tenants: { acme: { agents: ['anna'], texts } } });
    acme = rig.enterprise('acme');
    anna = acme.agent('anna');
    browser = await launchChromium();
    wendy = await ChatPage.open(browser, acme.chatUrl);
  });
  afterAll(async () => {
    await (browser as Browser | undefined)?.close();
    await (rig as Rig | undefined)?.stop();
  });

  /** A message of the visitor, and the event that shows it. */
  async function said(text: string): Promise<string> {
    await wendy.says(text);
    return (await anna.sees(room, text)).id;
  }

  async function answered(text: string): Promise<string> {
    const event = await anna.says(room, text);
    await wendy.row(text).waitFor();
    return event;
  }

  test('a visitor writes, is greeted, an agent joins and answers', async () => {
    await wendy.says('Hello, do you ship to Malta? 🇲🇹');
    await wendy.sees('Thank you for writing to acme.');
    room = await anna.accepts();
    ({ sender: ghost } = await anna.sees(room, 'Hello, do you ship to Malta? 🇲🇹'));
    await wendy.sees('You are talking to Anna.');
    await wendy.sees('Anna is here for you');
    // The room is on a way of its own: what it shows after the answer would be what is read.
    await anna.sees(room, 'You are talking to Anna.');
    const answer = await answered('We do! 🚢');
    await anna.seesReceipt(answer, acme.bot);
    // The page is open and shows it: it was read.
    await anna.seesReceipt(answer, ghost);
  });

  test('the visitor sees that the agent has read, and each sees the other typing', async () => {
    const event = await said('How long does it take?');
    await anna.reads(room, event);
    await wendy.row('How long does it take?').locator('.status.seen').waitFor();
    await anna.types(room, true);
    await wendy.sees('Anna is typing');
    await anna.types(room, false);
    await wendy.page.getByText('Anna is typing').waitFor({ state: 'hidden' });
    const box = wendy.page.locator('textarea');
    // The page says that its visitor has stopped soon after the last letter.
    await until('Anna to see Wendy typing', async () => {
      await box.pressSequentially('l');
      return anna.isTyping(room, ghost);
    });
    await box.fill('');
    await anna.seesTyping(room, ghost, false);
  });

  test('formatting and long texts arrive', async () => {
    await anna.says(room, {
      msgtype: 'm.text',
      body: 'Three days',
      format: 'org.matrix.custom.html',
      formatted_body: '<strong>Three</strong> days<script>alert(1)</script><ul><li>by sea</li></ul>',
    });
    await wendy.page.locator('.other strong', { hasText: 'Three' }).waitFor();
    expect(await wendy.page.locator('.other li', { hasText: 'by sea' }).count()).toBe(1);
    expect(await look(wendy.page, "one('script')")).toBeNull();
    const long = Array.from({ length: 2500 }, (_, index) => `word${String(index)}`).join(' ');
    await anna.says(room, long);
    await wendy.row('word2499').waitFor();
    const shown = (await wendy.texts()).filter((text) => text.includes('word'));
    expect(shown.join(' ').match(/word\d+/g)).toEqual(long.split(' '));
    await said('Line one\nline two');
  });

  test('pictures, files and voice go both ways, byte for byte', async () => {
    await wendy.attaches(
      { name: 'damage.png', mimeType: 'image/png', buffer: png },
      { name: 'größe.pdf', mimeType: 'application/pdf', buffer: pdf },
      { name: 'memo.ogg', mimeType: 'audio/ogg', buffer: oggOf('visitor') },
    );
    for (const [msgtype, filename, bytes] of [
      ['m.image', 'damage.png', png],
      ['m.file', 'größe.pdf', pdf],
      ['m.audio', 'memo.ogg', oggOf('visitor')],
    ] as const) {
      const { content } = await anna.sees(room, (event) => event.content['msgtype'] === msgtype, filename);
      expect(content).toMatchObject({ filename, info: { size: bytes.length } });
      expect((await anna.downloads(String(content['url']))).bytes.equals(bytes)).toBe(true);
    }

    await anna.says(room, {
      msgtype: 'm.image',
      body: 'The label',
      filename: 'label.jpg',
      url: await anna.uploads(jpeg, 'image/jpeg', 'label.jpg'),
      info: { mimetype: 'image/jpeg', size: jpeg.length },
    });
    await wendy.sees('The label');
    await until(
      'the picture is shown',
      async () => (await look(wendy.page, "one('.other img')?.naturalWidth")) === 1,
    );
    await anna.says(room, {
      msgtype: 'm.file',
      body: 'terms.pdf',
      url: await anna.uploads(pdf, 'application/pdf', 'terms.pdf'),
      info: { mimetype: 'application/pdf', size: pdf.length },
    });
    const downloading = wendy.page.waitForEvent('download');
    await wendy.page.getByRole('link', { name: /Download terms\.pdf/ }).click();
    expect((await readFile(await (await downloading).path())).equals(pdf)).toBe(true);
    await anna.says(room, {
      msgtype: 'm.audio',
      body: 'voice.wav',
      'org.matrix.msc3245.voice': {},
      url: await anna.uploads(wav, 'audio/wav', 'voice.wav'),
      info: { mimetype: 'audio/wav', size: wav.length, duration: 100 },
    });
    await wendy.page.locator('.other audio').waitFor();
    const heard = await fetch(String(await look(wendy.page, "one('.other audio').src")));
    expect(Buffer.from(await heard.arrayBuffer()).equals(wav)).toBe(true);
    await anna.says(room, { msgtype: 'm.location', body: 'Our shop', geo_uri: 'geo:48.2082,16.3738' });
    const place = wendy.page.getByRole('link', { name: /Our shop/ });
    expect(await place.getAttribute('href')).toContain('48.2082');
  });

  test('replies, corrections, reactions and taking back go both ways', async () => {
    const question = await said('In blue?');
    const reply = await anna.repliesTo(room, question, 'In every colour');
    const quote = wendy.row('In every colour').locator('.quote');
    await quote.getByText('In blue?').waitFor();
    expect(await quote.locator('.quote-author').innerText()).toBe('You');
    await wendy.does('Reply', 'In every colour');
    await wendy.says('Then red');
    const red = await anna.sees(room, 'Then red');
    expect(red.content['m.relates_to']).toEqual({ 'm.in_reply_to': { event_id: reply } });

    await wendy.does('Edit', 'Then red');
    await wendy.says('Then green');
    await anna.seesNow(room, red.id, 'Then green');
    const price = await answered('That is 10 €');
    await anna.edits(room, price, 'That is 12 €');
    await wendy.row('That is 12 €').getByText('edited').waitFor();

    await wendy.does('React with 👍', 'That is 12 €');
    const thumb = await anna.sees(room, ({ type }) => type === 'm.reaction', '👍');
    expect(thumb.content['m.relates_to']).toMatchObject({ event_id: price, key: '👍' });
    await wendy.page.getByRole('button', { name: '👍 from You' }).click();
    await anna.seesTakenBack(room, thumb.id);
    const heart = await anna.reacts(room, question, '❤️');
    await wendy.page.getByRole('button', { name: '❤️ from Support' }).waitFor();
    await anna.takesBack(room, heart);
    await wendy.page.getByRole('button', { name: '❤️ from Support' }).waitFor({ state: 'detached' });

    mkdirSync(shots, { recursive: true });
    await wendy.page.screenshot({ path: join(shots, 'chat-page.png') });

    const slip = await said('My PIN is 1234');
    await wendy.does('Delete', 'My PIN is 1234');
    await anna.seesTakenBack(room, slip);
    await wendy.page.getByText('My PIN is 1234').waitFor({ state: 'detached' });
    const mistake = await answered('Wrong window');
    await anna.takesBack(room, mistake);
    await wendy.page.getByText('Wrong window').waitFor({ state: 'detached' });
  });

  test('a reload, and a message while the page was away: all is there, once, in order', async () => {
    const before = await wendy.texts();
    expect(before.length).toBeGreaterThan(10);
    await wendy.page.goto('about:blank');
    await anna.says(room, 'While you were away');
    await wendy.page.goto(acme.chatUrl);
    await wendy.row('While you were away').waitFor();
    expect((await wendy.texts()).slice(0, -1)).toEqual(before);
  });

  test('a second visitor is somebody else, in another room', async () => {
    const walter = await ChatPage.open(browser, acme.chatUrl);
    await walter.says('I am new here');
    const other = await anna.accepts();
    expect(other).not.toBe(room);
    await anna.says(other, 'Welcome, Walter');
    await walter.row('Welcome, Walter').waitFor();
    expect(await wendy.page.getByText('Welcome, Walter').count()).toBe(0);
    await walter.leaves();
  });

  test('the agent closes; the visitor starts anew, in the same room', async () => {
    await anna.says(room, '!close');
    await wendy.sees('Good bye from acme.');
    await wendy.page.getByRole('button', { name: 'Start a new chat' }).click();
    await anna.isIn(room, 'leave');
    await wendy.says('One more thing');
    expect(await anna.accepts(room)).toBe(room);
    await anna.sees(room, 'One more thing');
    await answered('Yes?');
    await wendy.page.getByRole('button', { name: 'End chat' }).click();
    await wendy.page.getByRole('button', { name: 'End chat' }).last().click();
    await anna.sees(
      room,
      ({ content }) => /closed by the customer/i.test(String(content['body'])),
      'the end',
    );
    expect((await wendy.texts()).some((text) => text.includes('!close'))).toBe(false);
  });
});
