import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { buildWeb } from '../../dev/build-web.ts';
import { ensureChromium, launchChromium } from '../../dev/chromium.ts';
import type { Address, ChannelEvent, Connection, Outgoing } from '../../src/channels/channel.ts';
import { web } from '../../src/channels/web/index.ts';
import type { Content, Message } from '../../src/message/message.ts';
import { as } from '../../src/platform/ids.ts';
import { createTestHost, type TestHost } from '../fixtures/test-host.ts';
import { startCuttingProxy, type CuttingProxy } from './cutting-proxy.ts';

export type MessageEvent = Extract<ChannelEvent, { kind: 'message' }>;

const found = await ensureChromium();
/** Why there is no browser here, where there is none. */
export const noBrowser = 'unavailable' in found ? found.unavailable : undefined;

/** A line of web chat behind a proxy that can cut, a site on another origin, and a browser. */
export interface WebRig {
  readonly host: TestHost;
  readonly connection: Connection;
  readonly proxy: CuttingProxy;
  /** The line's address as browsers reach it, through the proxy. */
  readonly base: string;
  /** The hosted page in a browser of its own. */
  chatPage(query?: string, options?: BrowserContextOptions): Promise<Page>;
  /** A page of the other site, with the widget. */
  sitePage(attributes?: string, options?: BrowserContextOptions, html?: string): Promise<Page>;
  /** What the visitor wrote, as it came to the core. */
  untilMessage(fits: (message: Message) => boolean): Promise<MessageEvent>;
  send(to: Address, content: Content, more?: Omit<Message, 'content'>): Promise<string>;
  outgoing(message: Message): Outgoing;
  stop(): Promise<void>;
}

export async function startWebRig(parameters: object = {}): Promise<WebRig> {
  await buildWeb();
  const browser: Browser = await launchChromium();
  const site = await startSite();
  const host = await createTestHost({ channel: 'web' });
  const parsed = web.parameters.parse({
    secret: 'a secret of the web line',
    allowedOrigins: [site.origin],
    limits: { visitorsPerHour: 1000, messagesPerMinute: 10_000, requestsPerMinute: 100_000 },
    ...parameters,
  });
  const line = {
    tenant: as<never>('acme'),
    id: as<never>('line-1'),
    channel: 'web',
    parameters: parsed,
    displayName: 'Acme Support',
  };
  const connection = await web.open(line, host);
  host.mount(connection, web.maxBodyBytes);
  const origin = new URL(host.publicUrl);
  const proxy = await startCuttingProxy(Number(origin.port));
  const base = `http://127.0.0.1:${proxy.port}${origin.pathname}`;

  const outgoing = (message: Message): Outgoing => ({
    deliveryId: as(randomUUID()),
    message,
    sender: { name: 'Anna', kind: 'agent' },
  });
  const open = async (url: string, options: BrowserContextOptions): Promise<Page> => {
    const context = await browser.newContext({ locale: 'en-US', ...options });
    context.setDefaultTimeout(60_000);
    const page = await context.newPage();
    await page.goto(url);
    return page;
  };
  return {
    host,
    connection,
    proxy,
    base,
    chatPage: (query = '', options = {}) => open(`${base}/chat${query}`, options),
    async sitePage(attributes = '', options = {}, html = '') {
      site.html = `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>A shop</title>
${html}<script src="${base}/widget.js" ${attributes} async></script></html>`;
      return open(site.origin, options);
    },
    untilMessage: async (fits) =>
      (await host.until((event) => event.kind === 'message' && fits(event.message))) as MessageEvent,
    send: async (to, content, more = {}) => (await connection.send(to, outgoing({ content, ...more }))).id,
    outgoing,
    async stop() {
      await browser.close();
      await connection.close();
      await proxy.close();
      await host.close();
      await site.close();
    },
  };
}

/** A site of somebody else's, on an origin of its own, with a strict policy as some sites have it. */
async function startSite(): Promise<{ readonly origin: string; html: string; close(): Promise<void> }> {
  const state = { html: '' };
  const server: Server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(state.html);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    get html() {
      return state.html;
    },
    set html(html) {
      state.html = html;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Types into the chat as a person does. */
export async function write(page: Page, text: string): Promise<void> {
  const box = page.getByRole('textbox', { name: 'Message' });
  await box.fill(text);
  await box.press('Enter');
}

/** The messages that are shown, in order. */
export async function shownTexts(page: Page): Promise<string[]> {
  return page.locator('.row .bubble').allInnerTexts();
}

export function row(page: Page, text: string): Locator {
  return page.locator('.row').filter({ hasText: text });
}

/**
 * What an expression says inside the page, where `chat` is the chat's shadow root and `one` finds an element in it. A string,
 * since the DOM's types are not those of this program.
 */
export function look(page: Page, expression: string): Promise<unknown> {
  return page.evaluate(`(() => {
    const chat = document.querySelector('switchboard-chat').shadowRoot;
    const one = (selector) => chat.querySelector(selector);
    return ${expression};
  })()`);
}
