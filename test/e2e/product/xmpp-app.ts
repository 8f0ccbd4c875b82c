import type { Element } from '@xmpp/xml';
import { ns } from '../../../src/channels/xmpp/namespaces.ts';
import { childText, element, flag } from '../../../src/channels/xmpp/xml.ts';
import { body, receiptRequest, startCustomer, type XmppCustomer } from '../../channels/xmpp/xmpp-customer.ts';
import type { Rig } from './rig.ts';
import { until } from './until.ts';

/** A customer with an XMPP app that writes to one address of a tenant. */
export class XmppApp {
  readonly customer: XmppCustomer;
  readonly #to: string;
  /** By id of what was said: its receipt, or the error that came back in place of one. */
  readonly #answers = new Map<string, Element>();

  private constructor(customer: XmppCustomer, to: string) {
    this.customer = customer;
    this.#to = to;
    customer.onStanza((stanza) => {
      const received = stanza.getChild('received', ns.receipts)?.attrs['id'];
      const id = received ?? (stanza.attrs['type'] === 'error' ? stanza.attrs['id'] : undefined);
      if (id !== undefined && !this.#answers.has(id)) this.#answers.set(id, stanza);
    });
  }

  static async start(
    rig: Rig,
    to: string,
    name: string,
    options: { readonly givesReceipts?: boolean; readonly resource?: string } = {},
  ): Promise<XmppApp> {
    if (rig.prosody === undefined) throw new Error('the rig has no XMPP server');
    const { clientService: service, host } = rig.prosody;
    const password = `password of ${name}`;
    return new XmppApp(await startCustomer({ service, host, name, password, ...options }), to);
  }

  /** The same app, writing to another address. */
  writingTo(to: string): XmppApp {
    return new XmppApp(this.customer, to);
  }

  /** A message that asks for receipt and read mark, as apps write them. Gives its id. */
  async says(text: string, ...more: readonly Element[]): Promise<string> {
    return this.customer.say(this.#to, [body(text), ...more, receiptRequest(), flag('markable', ns.markers)]);
  }

  /** Says it, and waits for the receipt. @throws {Error} when it comes back as an error instead */
  async saysAndIsHeard(text: string): Promise<void> {
    const id = await this.says(text);
    const answer = await until('a receipt or an error', () => this.#answers.get(id));
    if (answer.attrs['type'] === 'error') throw new Error(`not taken: ${answer.toString()}`);
  }

  /** A stanza without a text: a mark, a state. */
  async signals(...children: readonly Element[]): Promise<string> {
    return this.customer.say(this.#to, children);
  }

  async repliesTo(id: string, text: string): Promise<string> {
    return this.says(text, element('reply', { xmlns: ns.reply, to: this.#to, id }));
  }

  async edits(id: string, text: string): Promise<string> {
    return this.says(text, element('replace', { xmlns: ns.correction, id }));
  }

  async takesBack(id: string): Promise<string> {
    return this.signals(element('retract', { xmlns: ns.retraction, id }), flag('store', ns.hints));
  }

  /** The whole set of reactions to a message. */
  async reacts(id: string, ...emojis: readonly string[]): Promise<string> {
    const all = emojis.map((emoji) => element('reaction', {}, emoji));
    return this.signals(element('reactions', { xmlns: ns.reactions, id }, ...all));
  }

  async types(active: boolean): Promise<void> {
    await this.signals(flag(active ? 'composing' : 'paused', ns.chatStates));
  }

  async reads(id: string): Promise<void> {
    await this.signals(element('displayed', { xmlns: ns.markers, id }));
  }

  /** Puts a file at the server's upload service and sends its address, as apps do. */
  async sendsFile(bytes: Buffer<ArrayBuffer>, mimeType: string, name: string): Promise<string> {
    const request = element('request', {
      xmlns: ns.upload,
      filename: name,
      size: String(bytes.length),
      'content-type': mimeType,
    });
    const answer = await this.customer.ask('upload.localhost', request);
    const slot = answer.getChild('slot', ns.upload);
    const url = slot?.getChild('get')?.attrs['url'] ?? '';
    const at = slot?.getChild('put');
    const headers = new Headers({ 'content-type': mimeType });
    for (const each of at?.getChildren('header') ?? []) headers.set(each.attrs['name'] ?? '', each.getText());
    const put = await fetch(at?.attrs['url'] ?? '', {
      method: 'PUT',
      headers,
      body: bytes,
    });
    if (!put.ok) throw new Error(`the upload was refused: ${String(put.status)}`);
    return this.says(url, element('x', { xmlns: ns.outOfBand }, element('url', {}, url)));
  }

  /** Messages of the tenant, in order. */
  messages(): Element[] {
    return this.customer.received.filter(
      (stanza) =>
        stanza.is('message') && stanza.attrs['type'] !== 'error' && stanza.attrs['from'] === this.#to,
    );
  }

  texts(): string[] {
    return this.messages().flatMap((stanza) => childText(stanza, 'body') ?? []);
  }

  /** Waits for a message. A string is its whole text. */
  async gets(fits: string | ((stanza: Element) => boolean), what = 'a message'): Promise<Element> {
    return until(
      `${typeof fits === 'string' ? `“${fits}”` : what} in the app of ${this.customer.bare}`,
      () =>
        this.messages().find((stanza) =>
          typeof fits === 'string' ? childText(stanza, 'body') === fits : fits(stanza),
        ),
      { seen: () => this.messages().slice(-3).map(String) },
    );
  }

  /** Waits for a file of that name and fetches it. */
  async getsFile(name: string): Promise<{ readonly bytes: Buffer; readonly url: string }> {
    const urlOf = (stanza: Element): string => stanza.getChild('x', ns.outOfBand)?.getChildText('url') ?? '';
    const url = urlOf(await this.gets((stanza) => urlOf(stanza).endsWith(name), name));
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`${url}: ${String(answer.status)}`);
    return { bytes: Buffer.from(await answer.arrayBuffer()), url };
  }

  async leaves(): Promise<void> {
    await this.customer.stop();
  }
}
