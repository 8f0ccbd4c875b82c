import type { Browser, Page } from 'playwright-core';
import { row, write } from '../web-rig.ts';

/** A customer on the chat page, in a browser of their own. */
export class ChatPage {
  readonly page: Page;

  private constructor(page: Page) {
    this.page = page;
  }

  static async open(browser: Browser, url: string): Promise<ChatPage> {
    const context = await browser.newContext({ locale: 'en-US', viewport: { width: 480, height: 800 } });
    context.setDefaultTimeout(60_000);
    const page = await context.newPage();
    await page.goto(url);
    await page.locator('textarea').waitFor();
    return new ChatPage(page);
  }

  async says(text: string): Promise<void> {
    await write(this.page, text);
  }

  async attaches(...files: readonly { name: string; mimeType: string; buffer: Buffer }[]): Promise<void> {
    await this.page.locator('input[type=file]').setInputFiles([...files]);
    await this.page.getByRole('button', { name: 'Send', exact: true }).click();
  }

  /** Waits until the page shows it. */
  async sees(text: string): Promise<void> {
    await this.page.getByText(text).first().waitFor();
  }

  /** Does something with a message by its toolbar. */
  async does(action: string, toMessage: string): Promise<void> {
    const bubble = this.page.locator('.bubble > .text', { hasText: toMessage });
    const said = this.page.locator('.row').filter({ has: bubble });
    await said.hover();
    await said.getByRole('button', { name: 'Actions for this message' }).click();
    await this.page.getByRole('toolbar').getByRole('button', { name: action }).click();
  }

  row(text: string): ReturnType<typeof row> {
    return row(this.page, text);
  }

  /** What was said in words, in order; quotes, files and places left out. */
  async texts(): Promise<string[]> {
    return this.page.locator('.bubble > .text').allInnerTexts();
  }

  async leaves(): Promise<void> {
    await this.page.context().close();
  }
}
