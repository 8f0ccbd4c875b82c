import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { noBrowser, row, shownTexts, startWebRig, write, type WebRig } from './web-rig.ts';

describe.skipIf(noBrowser !== undefined)(`web chat on a bad network ${noBrowser ?? ''}`, () => {
  let rig: WebRig;
  beforeAll(async () => {
    rig = await startWebRig();
  });
  afterAll(async () => {
    await (rig as WebRig | undefined)?.stop();
  });

  const textOf = (event: (typeof rig.host.events)[number]): string | undefined =>
    event.kind === 'message' && event.message.content?.kind === 'text'
      ? event.message.content.text
      : undefined;

  async function begun(text: string): Promise<{ page: Page; from: { id: never } }> {
    const page = await rig.chatPage();
    await write(page, text);
    const event = await rig.untilMessage(({ content }) => content?.kind === 'text' && content.text === text);
    await page.locator('.status.sent').waitFor();
    return { page, from: { id: event.from.id as never } };
  }

  test('cut 60 times at random points, nothing is missing, doubled or out of order', async () => {
    const { page, from } = await begun('Here we go');
    const seed = 20_240_607;
    const random = seeded(seed);
    // Requests, answers and streams alike are cut somewhere in their first 3000 bytes.
    rig.proxy.cutAfter(() => (random() < 0.7 ? Math.floor(random() * 3000) : Infinity));
    rig.proxy.cut();
    const cutsBefore = rig.proxy.cuts;
    const theirs: string[] = [];
    const ours: string[] = [];
    for (let index = 0; index < 40; index += 1) {
      await write(page, `customer ${index}`);
      theirs.push(`customer ${index}`);
      await rig.send(from, { kind: 'text', text: `agent ${index}` });
      ours.push(`agent ${index}`);
      if (index % 4 === 0) rig.proxy.cut();
    }
    await expect
      .poll(
        () => {
          if (rig.proxy.cuts - cutsBefore < 60) rig.proxy.cut();
          return rig.proxy.cuts - cutsBefore;
        },
        { timeout: 120_000, interval: 200 },
      )
      .toBeGreaterThanOrEqual(60);
    rig.proxy.cutAfter(undefined);
    await expect
      .poll(() => rig.host.events.map(textOf).filter((text) => text?.startsWith('customer ')), {
        timeout: 120_000,
      })
      .toEqual(theirs);
    await expect
      .poll(async () => (await shownTexts(page)).filter((text) => text.startsWith('agent ')), {
        timeout: 120_000,
      })
      .toEqual(ours);
    await expect.poll(() => page.locator('.row.waiting').count()).toBe(0);
    expect((await shownTexts(page)).filter((text) => text.startsWith('customer '))).toEqual(theirs);
    // The order on the screen is the order of the log, as a reload shows it.
    const shown = await shownTexts(page);
    await page.reload();
    await row(page, 'agent 39').first().waitFor();
    await expect.poll(() => shownTexts(page)).toEqual(shown);
    await page.context().close();
  }, 600_000);

  test('what is written without a connection is sent after it, also by a page loaded anew', async () => {
    const { page } = await begun('Before the tunnel');
    rig.proxy.down(true);
    await page.getByText('No connection.').waitFor();
    await write(page, 'in the tunnel 1');
    await write(page, 'in the tunnel 2');
    await expect.poll(() => page.locator('.row.waiting').count()).toBe(2);
    // The page goes away before it could send anything.
    await page.goto('about:blank');
    rig.proxy.down(false);
    await page.goto(`${rig.base}/chat`);
    await rig.untilMessage(({ content }) => content?.kind === 'text' && content.text === 'in the tunnel 2');
    await expect.poll(() => page.locator('.row.waiting').count()).toBe(0);
    expect(await shownTexts(page)).toEqual(['Before the tunnel', 'in the tunnel 1', 'in the tunnel 2']);
    await page.context().close();
  });

  test('the banner comes and goes with the connection, and a store that is full for a while loses nothing', async () => {
    const { page } = await begun('A quiet day');
    rig.proxy.down(true);
    await page.getByText('No connection.').waitFor();
    rig.proxy.down(false);
    await page.getByText('No connection.').waitFor({ state: 'hidden' });
    rig.host.failAccepts(true);
    await write(page, 'while the disk is full');
    await expect.poll(() => rig.host.refusedAccepts).toBeGreaterThan(0);
    rig.host.failAccepts(false);
    await rig.untilMessage(
      ({ content }) => content?.kind === 'text' && content.text === 'while the disk is full',
    );
    await page.locator('.row.waiting').waitFor({ state: 'detached' });
    expect(rig.host.events.map(textOf).filter((text) => text === 'while the disk is full')).toHaveLength(1);
    await page.context().close();
  });

  test('a visitor whom the server has forgotten begins anew, with what was not yet sent', async () => {
    const { page, from } = await begun('To be forgotten');
    await page.evaluate(`localStorage.setItem(
      Object.keys(localStorage).find((key) => key.endsWith(' token')), 'forged.token')`);
    await page.reload();
    await page.getByText('Your earlier chat is no longer kept').waitFor();
    await write(page, 'Hello again');
    const event = await rig.untilMessage(
      ({ content }) => content?.kind === 'text' && content.text === 'Hello again',
    );
    expect(event.from.id).not.toBe(from.id);
    await expect.poll(() => shownTexts(page)).toEqual(['Hello again']);
    await page.context().close();
  });
});

/** The same numbers for the same seed (mulberry32), between 0 and 1. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
