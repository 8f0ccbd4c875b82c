import { gzipSync } from 'node:zlib';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { look, noBrowser, row, startWebRig, write, type WebRig } from './web-rig.ts';

describe.skipIf(noBrowser !== undefined)(`the widget on somebody else’s site ${noBrowser ?? ''}`, () => {
  let rig: WebRig;
  beforeAll(async () => {
    rig = await startWebRig({ askFor: ['name', 'email'] });
  });
  afterAll(async () => {
    await (rig as WebRig | undefined)?.stop();
  });

  const begin = { name: 'Start chat' };

  test('opens, asks, talks, counts what is unread, and gives the focus back', async () => {
    const page = await rig.sitePage();
    await page.getByRole('button', { name: 'Open chat' }).press('Enter');
    await page.getByLabel('Your name').fill('Maria  Muster');
    await page.getByLabel('Your e-mail').fill('maria@example.org');
    await page.getByRole('button', begin).click();
    await write(page, 'From the site');
    const event = await rig.untilMessage(
      ({ content }) => content?.kind === 'text' && content.text === 'From the site',
    );
    expect(event.profile).toMatchObject({
      name: 'Maria Muster',
      details: { email: 'maria@example.org', language: 'en' },
    });
    await page.locator('.status.sent').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Open chat' }).waitFor();
    expect(await page.locator('.launcher:focus').count()).toBe(1);
    const sent = await rig.send(event.from, { kind: 'text', text: 'Are you there?' });
    await page.getByRole('button', { name: 'Open chat, 1 unread' }).waitFor();
    await rig.host.until(
      (each) => each.kind === 'receipt' && each.target === sent && each.status === 'delivered',
    );
    expect(rig.host.events.some((each) => each.kind === 'receipt' && each.status === 'read')).toBe(false);
    await page.getByRole('button', { name: 'Open chat, 1 unread' }).click();
    await rig.host.until((each) => each.kind === 'receipt' && each.target === sent && each.status === 'read');
    await page.reload();
    await page.getByRole('button', { name: 'Open chat' }).click();
    await row(page, 'Are you there?').waitFor();
    await page.context().close();
  });

  test('neither takes styles from the site nor gives it any', async () => {
    const hostile = `<style>* { color: red !important; font-size: 40px !important; letter-spacing: 9px } button { display: none !important } h1 { margin: 7px }</style><h1>Shop</h1>`;
    const page = await rig.sitePage('data-open="true" data-name="A" data-email="a@example.org"', {}, hostile);
    await page.getByRole('textbox', { name: 'Message' }).waitFor();
    const style = await look(
      page,
      "[getComputedStyle(one('.panel'))].flatMap((each) => [each.color, each.fontSize, each.letterSpacing])",
    );
    expect(style).toEqual(['rgb(26, 28, 32)', '15px', 'normal']);
    expect(await page.evaluate("getComputedStyle(document.querySelector('h1')).marginTop")).toBe('7px');
    await page.context().close();
  });

  test('keeps Tab inside on a phone, where it covers the page', async () => {
    const page = await rig.sitePage('data-name="A" data-email="a@example.org"', {
      viewport: { width: 375, height: 700 },
    });
    await page.getByRole('button', { name: 'Open chat' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    expect(await dialog.getAttribute('aria-modal')).toBe('true');
    await expect.poll(() => dialog.boundingBox()).toEqual({ x: 0, y: 0, width: 375, height: 700 });
    for (let presses = 0; presses < 12; presses += 1) {
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.localName')).toBe('switchboard-chat');
    }
    await page.context().close();
  });

  test('works under a strict policy of the site', async () => {
    const origin = new URL(rig.base).origin;
    const policy = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src ${origin}; connect-src ${origin}; img-src ${origin}; require-trusted-types-for 'none'">`;
    const page = await rig.sitePage('data-open="true" data-name="A" data-email="a@example.org"', {}, policy);
    await write(page, 'Under a policy');
    await rig.untilMessage(({ content }) => content?.kind === 'text' && content.text === 'Under a policy');
    expect(await look(page, "getComputedStyle(one('.panel')).borderRadius")).toBe('18px');
    await page.context().close();
  });

  test('stays away from sites that are not allowed', async () => {
    const strict = await startWebRig({ allowedOrigins: [] });
    try {
      const page = await strict.sitePage();
      const refused = await page.evaluate(
        `fetch('${strict.base}/config').then((response) => 'answered ' + response.status, () => 'refused')`,
      );
      expect(refused).toBe('refused');
      expect(await page.locator('switchboard-chat').count()).toBe(0);
      const framed = await strict.sitePage('', {}, `<iframe src="${strict.base}/chat"></iframe>`);
      await expect.poll(() => framed.frames().length).toBe(2);
      expect(await framed.frames()[1]!.locator('switchboard-chat').count()).toBe(0);
    } finally {
      await strict.stop();
    }
  });

  test('has the contrast of WCAG AA, light and dark', async () => {
    for (const theme of ['light', 'dark']) {
      const page = await rig.sitePage(
        `data-open="true" data-theme="${theme}" data-name="A" data-email="a@example.org"`,
      );
      const text = `How is ${theme} to read?`;
      await write(page, text);
      const event = await rig.untilMessage(
        ({ content }) => content?.kind === 'text' && content.text === text,
      );
      await rig.send(event.from, {
        kind: 'text',
        text: 'Well',
        html: 'See <a href="https://example.org">here</a>',
      });
      await row(page, 'See here').waitFor();
      const poor = await look(page, `(${contrastProbe})(one('.root'))`);
      expect(poor, theme).toEqual([]);
      await page.context().close();
    }
  });

  test('weighs less than 40 KB', async () => {
    const built = await readFile(new URL('../../dist/web/widget.js', import.meta.url));
    expect(gzipSync(built, { level: 9 }).length).toBeLessThan(40_000);
  });
});

/** Runs in the page: every shown text whose colour does not stand out 4.5 : 1 from what is behind it. */
const contrastProbe = `(root) => {
  const channel = (value) => { const share = value / 255; return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4; };
  const parse = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] > 0.99) return colour;
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const element of root.querySelectorAll('*')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.nodeValue.trim() !== '');
    if (!own || element.className === 'spoken' || element.getClientRects().length === 0) continue;
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(behind(element))].sort((x, y) => x - y);
    const ratio = (b + 0.05) / (a + 0.05);
    if (ratio < 4.5) poor.push(element.className + ' ' + element.textContent + ' ' + ratio.toFixed(2));
  }
  return poor;
}`;
