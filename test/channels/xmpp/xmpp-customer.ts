import { randomUUID } from 'node:crypto';
import { client, type Client } from '@xmpp/client';
import type { Element } from '@xmpp/xml';
import { expect, vi } from 'vitest';
import { element, flag } from '../../../src/channels/xmpp/xml.ts';
import { ns } from '../../../src/channels/xmpp/namespaces.ts';

export interface CustomerOptions {
  readonly service: string;
  readonly host: string;
  readonly name: string;
  readonly password: string;
  readonly resource?: string;
  /** Whether the app gives receipts by itself. Default: yes. */
  readonly givesReceipts?: boolean;
}

/** A customer with an XMPP app: an @xmpp/client user of a real server. */
export interface XmppCustomer {
  readonly bare: string;
  readonly full: string;
  readonly client: Client;
  /** All stanzas that came, in order. */
  readonly received: readonly Element[];
  send(stanza: Element): Promise<void>;
  /** A chat message; gives its id. */
  say(to: string, children: readonly Element[], attrs?: Readonly<Record<string, string>>): Promise<string>;
  until(fits: (stanza: Element) => boolean, what?: string, timeoutMs?: number): Promise<Element>;
  ask(to: string, payload: Element, type?: 'get' | 'set'): Promise<Element>;
  onStanza(listener: (stanza: Element) => void): void;
  stop(): Promise<void>;
}

export async function startCustomer(options: CustomerOptions): Promise<XmppCustomer> {
  const { service, host, name, password, resource = 'phone', givesReceipts = true } = options;
  const bare = `${name}@${host}`;
  const received: Element[] = [];
  const listeners: ((stanza: Element) => void)[] = [];
  const app = client({
    service,
    domain: host,
    resource,
    // For each step of connecting: its own 2 s are a server's pause, not its absence.
    timeout: 20_000,
    // On a connection without TLS the client offers no password by itself.
    credentials: (authenticate) => authenticate({ username: name, password }, 'PLAIN'),
  });
  app.on('error', () => undefined); // it reconnects
  // It reads each piece of the stream by itself (0.14), and so spoils a letter of several bytes that lies in two of them.
  app.on('connect', () => app.socket?.setEncoding('utf8'));
  app.on('stanza', (stanza: Element) => {
    received.push(stanza);
    for (const listener of listeners) listener(stanza);
    const { from, id } = stanza.attrs;
    if (givesReceipts && stanza.is('message') && stanza.getChild('request', ns.receipts) !== undefined)
      void app
        .send(element('message', { to: from, type: 'chat' }, element('received', { xmlns: ns.receipts, id })))
        .catch(() => undefined);
  });
  const appear = async () => {
    // A stanza sent before the server has enabled stream management makes it end the stream, every other time.
    await vi.waitFor(() => expect(app.streamManagement.enabled).toBe(true), { timeout: 60_000, interval: 5 });
    await app.send(element('presence'));
  };
  await app.start();
  await appear();
  app.on('online', () => void appear().catch(() => undefined)); // after a lost connection

  const until: XmppCustomer['until'] = (fits, what = 'stanza', timeoutMs = 60_000) =>
    vi.waitFor(
      () => {
        const found = received.find(fits);
        if (found !== undefined) return found;
        throw new Error(`no such ${what} yet; last: ${received.slice(-5).join('\n')}`);
      },
      { timeout: timeoutMs, interval: 10 },
    );

  return {
    bare,
    full: `${bare}/${resource}`,
    client: app,
    received,
    send: (stanza) => app.send(stanza),
    async say(to, children, attrs = {}) {
      const id = attrs['id'] ?? randomUUID();
      await app.send(element('message', { to, type: 'chat', ...attrs, id }, ...children));
      return id;
    },
    until,
    async ask(to, payload, type = 'get') {
      const id = randomUUID();
      await app.send(element('iq', { type, to, id }, payload));
      return until((stanza) => stanza.is('iq') && stanza.attrs['id'] === id, 'answer');
    },
    onStanza: (listener) => listeners.push(listener),
    async stop() {
      app.reconnect.stop();
      await app.stop().catch(() => undefined);
    },
  };
}

export function body(text: string): Element {
  return element('body', {}, text);
}

export function receiptRequest(): Element {
  return flag('request', ns.receipts);
}
