import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { look, noBrowser, row, shownTexts, startWebRig, write, type WebRig } from './web-rig.ts';

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAAFUlEQVR42mNk+M9Qz0AEYBxVSF+FABJADveWkH6oAAAAAElFTkSuQmCC',
  'base64',
);

describe.skipIf(noBrowser !== undefined)(`the hosted chat page ${noBrowser ?? ''}`, () => {
  let rig: WebRig;
  beforeAll(async () => {
    rig = await startWebRig();
  });
  afterAll(async () => {
    await (rig as WebRig | undefined)?.stop();
  });

  const textEvent = async (text: string) =>
    rig.untilMessage(({ content }) => content?.kind === 'text' && content.text === text);

  /** A page on which the visitor has said something, and the visitor. */
  async function begun(text: string, query = ''): Promise<{ page: Page; from: { id: never }; id: string }> {
    const page = await rig.chatPage(query);
    await page.locator('textarea').waitFor();
    await page.locator('textarea').fill(text);
    await page.locator('textarea').press('Enter');
    const event = await textEvent(text);
    await page.locator('.status.sent').waitFor();
    return { page, from: { id: event.from.id as never }, id: event.id };
  }

  test('text goes both ways, with the agent’s name and receipts', async () => {
    const { page, from, id } = await begun('Hello there');
    rig.connection.sessionChanged!(from, { state: 'open', agentName: 'Anna' });
    await page.getByText('Anna joined the chat').waitFor();
    rig.connection.markRead!(from, id as never);
    await page.locator('.status.seen').waitFor();
    const sent = await rig.send(from, { kind: 'text', text: 'How can I help?' });
    await row(page, 'How can I help?').waitFor();
    await rig.host.until(
      (event) => event.kind === 'receipt' && event.target === sent && event.status === 'delivered',
    );
    await rig.host.until(
      (event) => event.kind === 'receipt' && event.target === sent && event.status === 'read',
    );
    expect(await page.locator('.state').innerText()).toBe('Anna is here for you');
    expect(await page.title()).toBe('Acme Support');
    await page.context().close();
  });

  test('files go both ways', async () => {
    const { page, from } = await begun('A file for you');
    await page.locator('input[type=file]').setInputFiles([
      { name: 'bericht größe.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4 test') },
      { name: 'photo.png', mimeType: 'image/png', buffer: png },
    ]);
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    const file = await rig.untilMessage(({ content }) => content?.kind === 'file');
    const image = await rig.untilMessage(({ content }) => content?.kind === 'image');
    expect(file.message.content).toMatchObject({
      media: { fileName: 'bericht größe.pdf', mimeType: 'application/pdf' },
    });
    expect(image.message.content).toMatchObject({ media: { fileName: 'photo.png', width: 10, height: 10 } });
    const { source } = (image.message.content as { media: { source: { reference: string } } }).media;
    const opened = await rig.connection.fetchMedia!(source.reference);
    expect(Buffer.concat(await opened.stream.toArray()).equals(png)).toBe(true);
    // Shown from the server now, no longer from the page's own copy.
    await page.locator('.own .picture img').waitFor();

    await rig.send(from, {
      kind: 'image',
      media: rig.host.addMedia(png, 'image/png', 'map.png'),
      caption: 'The way',
    });
    await expect.poll(() => look(page, "one('.other img')?.naturalWidth")).toBe(10);
    await rig.send(from, {
      kind: 'file',
      media: rig.host.addMedia(Buffer.from('<script>alert(1)</script>'), 'text/html', 'a.html'),
    });
    const downloading = page.waitForEvent('download');
    await page.getByRole('link', { name: /Download a\.html/ }).click();
    const download = await downloading;
    expect(download.suggestedFilename()).toBe('a.html');
    await page.context().close();
  });

  test('typing shows on both sides', async () => {
    const { page, from } = await begun('Typing test');
    rig.connection.typing!(from, true, 'Anna');
    await page.getByText('Anna is typing').waitFor();
    rig.connection.typing!(from, false, 'Anna');
    await page.getByText('Anna is typing').waitFor({ state: 'hidden' });
    await page.locator('textarea').pressSequentially('abc');
    await expect.poll(() => rig.host.typings).toContainEqual({ from, active: true });
    await page.locator('textarea').fill('');
    await expect.poll(() => rig.host.typings.at(-1)).toEqual({ from, active: false });
    await page.context().close();
  });

  test('replies, edits, deletions, reactions and choices go both ways', async () => {
    const { page, from, id } = await begun('First word');
    const answer = await rig.send(from, { kind: 'text', text: 'An answer' }, { replyTo: { id } });
    await row(page, 'An answer').locator('.quote').getByText('First word').waitFor();

    const act = async (text: string, name: string): Promise<void> => {
      const said = page.locator('.row').filter({ has: page.locator('.bubble > .text', { hasText: text }) });
      await said.hover();
      await said.getByRole('button', { name: 'Actions for this message' }).click();
      await page.getByRole('toolbar').getByRole('button', { name }).click();
    };
    await act('An answer', 'Reply');
    await write(page, 'A reply to it');
    const reply = await textEvent('A reply to it');
    expect(reply.message.replyTo).toMatchObject({ id: answer, author: 'Anna', excerpt: 'An answer' });

    await act('A reply to it', 'Edit');
    await write(page, 'A better reply');
    const edit = await textEvent('A better reply');
    expect(edit.message.edits?.id).toBe(reply.id);
    await row(page, 'A better reply').getByText('edited').waitFor();

    await act('An answer', 'React with 👍');
    await rig.untilMessage(({ reactsTo }) => reactsTo?.id === answer && reactsTo.emoji === '👍');
    await page.getByRole('button', { name: '👍 from You' }).click();
    await rig.untilMessage(({ reactsTo }) => reactsTo?.id === answer && reactsTo.removed === true);

    await rig.connection.react!(from, rig.outgoing({ reactsTo: { id: reply.id, emoji: '❤️' } }));
    await page.getByRole('button', { name: '❤️ from Support' }).waitFor();
    await rig.connection.edit!(
      from,
      rig.outgoing({ content: { kind: 'text', text: 'A corrected answer' }, edits: { id: answer } }),
    );
    await row(page, 'A corrected answer').getByText('edited').waitFor();
    await rig.connection.retract!(from, rig.outgoing({ retracts: { id: answer } }));
    await row(page, 'Message deleted').waitFor();
    await act('A better reply', 'Delete');
    await rig.untilMessage(({ retracts }) => retracts?.id === reply.id);
    await expect.poll(() => page.getByText('Message deleted').count()).toBe(2);

    await rig.send(from, {
      kind: 'choice',
      text: 'Which?',
      options: [
        { id: 'a', label: 'This' },
        { id: 'b', label: 'That' },
      ],
    });
    await page.getByRole('button', { name: 'That', exact: true }).click();
    await rig.untilMessage(({ content }) => content?.kind === 'chosen' && content.id === 'b');
    await expect.poll(() => page.getByRole('button', { name: 'This', exact: true }).isDisabled()).toBe(true);
    await page.context().close();
  });

  test('a reload shows all of it again, once, and what came meanwhile', async () => {
    const { page, from } = await begun('Before the reload');
    await rig.send(from, { kind: 'text', text: 'Noted' });
    await row(page, 'Noted').waitFor();
    await page.locator('textarea').fill('a draft that is not lost');
    await page.goto('about:blank');
    await rig.send(from, { kind: 'text', text: 'While you were away' });
    await page.goto(`${rig.base}/chat`);
    await row(page, 'While you were away').waitFor();
    expect(await shownTexts(page)).toEqual(['Before the reload', 'Noted', 'While you were away']);
    expect(await page.locator('textarea').inputValue()).toBe('a draft that is not lost');
    await page.context().close();
  });

  test('several tabs show the same', async () => {
    const { page, from } = await begun('Two tabs');
    const second = await page.context().newPage();
    await second.goto(`${rig.base}/chat`);
    await row(second, 'Two tabs').waitFor();
    await write(second, 'From the second');
    await row(page, 'From the second').waitFor();
    await rig.send(from, { kind: 'text', text: 'To both' });
    await Promise.all([row(page, 'To both').waitFor(), row(second, 'To both').waitFor()]);
    expect(await shownTexts(page)).toEqual(await shownTexts(second));
    await page.context().close();
  });

  test('the visitor ends the chat and starts a new one; the agent ends that', async () => {
    const { page, from } = await begun('Soon over');
    await page.getByRole('button', { name: 'End chat' }).click();
    await page.getByRole('button', { name: 'End chat' }).last().click();
    await rig.host.until((event) => event.kind === 'ended' && event.from.id === from.id);
    await page.getByRole('button', { name: 'Start a new chat' }).click();
    await write(page, 'Here I am again');
    expect((await textEvent('Here I am again')).from).toEqual(from);
    await page.getByText('New chat', { exact: true }).waitFor();
    rig.connection.sessionChanged!(from, { state: 'open', agentName: 'Ben' });
    await page.getByText('Ben joined the chat').waitFor();
    rig.connection.sessionChanged!(from, { state: 'closed' });
    await page.getByRole('button', { name: 'Start a new chat' }).waitFor();
    await page.context().close();
  });

  test('by keyboard alone', async () => {
    const page = await rig.chatPage();
    await page.locator('textarea:focus').waitFor();
    await page.keyboard.type('No mouse');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('second line');
    await page.keyboard.press('Enter');
    const { from } = await textEvent('No mouse\nsecond line');
    await page.locator('.status.sent').waitFor();
    const answer = await rig.send(from, { kind: 'text', text: 'Keys only' });
    await row(page, 'Keys only').waitFor();
    const focused = (): Promise<unknown> =>
      look(page, "chat.activeElement?.getAttribute('aria-label') ?? chat.activeElement?.textContent");
    // Back from the field to the newest message, one stop for all of them.
    await page.keyboard.press('Shift+Tab');
    expect(await focused()).toBe('Attach files');
    await page.keyboard.press('Shift+Tab');
    expect(await focused()).toBe('Actions for this message');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect(await focused()).toBe('Reply');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await rig.untilMessage(({ reactsTo }) => reactsTo?.id === answer && reactsTo.emoji === '👍');
    expect(await focused()).toBe('Actions for this message');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await page.getByText('Reply to Anna').waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('Reply to Anna').waitFor({ state: 'hidden' });
    await page.keyboard.press('ArrowUp');
    expect(await page.locator('textarea').inputValue()).toBe('No mouse\nsecond line');
    await page.context().close();
  });

  test('Arabic turns the chat round; each message keeps its own direction', async () => {
    const page = await rig.chatPage('?lang=ar');
    await page.locator('textarea').fill('مرحبا');
    await page.locator('textarea').press('Enter');
    const { from } = await textEvent('مرحبا');
    await rig.send(from, { kind: 'text', text: 'An English answer.' });
    const bubble = row(page, 'An English answer.').locator('.text');
    await bubble.waitFor();
    expect(await look(page, "getComputedStyle(one('.root')).direction")).toBe('rtl');
    expect(await look(page, "getComputedStyle(one('.other .bubble > .text')).direction")).toBe('ltr');
    const own = (await row(page, 'مرحبا').locator('.bubble').boundingBox())!;
    const other = (await row(page, 'An English answer.').locator('.bubble').boundingBox())!;
    expect(own.x).toBeLessThan(other.x);
    expect(await look(page, 'document.documentElement.lang')).toBe('ar');
    await page.context().close();
  });

  test('hostile texts and files are shown, and run nothing', async () => {
    const { page, from } = await begun('Attack me');
    const alarms: string[] = [];
    page.on('dialog', (dialog) => {
      alarms.push(dialog.message());
      void dialog.dismiss();
    });
    page.on('console', (message) => {
      if (message.text().includes('pwned')) alarms.push(message.text());
    });
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    await page.evaluate("window.pwned = (what) => console.log('pwned', what)");
    for (const attack of attacks) {
      await rig.send(from, { kind: 'text', text: attack });
      await rig.send(from, { kind: 'text', text: 'x', html: attack });
      await rig.send(from, { kind: 'page', url: 'javascript:pwned(1)', title: attack });
      await rig.connection.send(from, {
        ...rig.outgoing({
          content: { kind: 'choice', text: attack, options: [{ id: attack, label: attack }] },
        }),
        sender: { name: attack, kind: 'agent' },
      });
      await rig.send(from, { kind: 'contact', name: attack, phones: [attack], emails: [attack] });
      await rig.send(from, {
        kind: 'image',
        media: rig.host.addMedia(
          Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" onload="pwned(2)"/>`),
          'image/svg+xml',
          attack,
        ),
        caption: 'x',
        captionHtml: attack,
      });
    }
    await rig.send(from, { kind: 'text', text: 'the end' });
    await row(page, 'the end').last().waitFor();
    const found = (await look(page, whatIsThere)) as Found;
    expect(found.dangerous).toEqual([]);
    expect(found.forms).toBe(1);
    expect(found.handlers).toEqual([]);
    for (const protocol of found.links) expect(['http:', 'https:', 'mailto:', 'tel:']).toContain(protocol);
    for (const anchor of await page.locator('.bubble a:not([download])').all()) {
      expect(await anchor.getAttribute('rel')).toContain('noopener');
    }
    expect(requests.filter((url) => url.includes('evil.example'))).toEqual([]);
    expect(alarms).toEqual([]);
    await page.context().close();
  });
});

/** Elements and attributes that could do harm, in the page's own words. */
const whatIsThere = `{
  dangerous: [...chat.querySelectorAll('script,iframe,object,embed,style,base,meta,link,svg *:not(path)')].map((each) => each.localName),
  forms: chat.querySelectorAll('form').length,
  handlers: [...chat.querySelectorAll('*')].flatMap((each) => each.getAttributeNames().filter((name) => name.startsWith('on'))),
  links: [...new Set([...chat.querySelectorAll('a')].map((each) => each.protocol))],
}`;

interface Found {
  readonly dangerous: readonly string[];
  readonly forms: number;
  readonly handlers: readonly string[];
  readonly links: readonly string[];
}

const attacks = [
  '<script>pwned(3)</script>',
  '<img src=x onerror=pwned(4)>',
  '<img src="https://evil.example/pixel.png">',
  '<svg onload=pwned(5)><script>pwned(6)</script></svg>',
  '<svg><animate onbegin=pwned(7) attributeName=x dur=1s>',
  '<a href="javascript:pwned(8)">click</a>',
  '<a href="java\nscript:pwned(9)">click</a>',
  '<a href="data:text/html,<script>parent.pwned(10)</script>">click</a>',
  '<a href="https://ok.example" onclick="pwned(11)" style="position:fixed;inset:0">click</a>',
  '<iframe srcdoc="<script>parent.pwned(12)</script>"></iframe>',
  '<math><mtext></form><form><mglyph><style></math><img src onerror=pwned(13)>',
  '<noscript><p title="</noscript><img src=x onerror=pwned(14)>">',
  '<style>*{background:url(https://evil.example/css)}</style>',
  '<template><script>pwned(15)</script></template>',
  '<details open ontoggle=pwned(16)>',
  '<input autofocus onfocus=pwned(17)>',
  '<base href="https://evil.example/">',
  '<meta http-equiv=refresh content="0;url=https://evil.example/">',
  '<object data="https://evil.example/x.swf"></object>',
  '<link rel=stylesheet href="https://evil.example/x.css">',
  '"><script>pwned(18)</script>',
  '<div id=title name=body><form id=compose>clobber</form></div>',
  `${'<b>'.repeat(500)}deep${'</b>'.repeat(500)}`,
];
