import { client } from '@xmpp/client';
import xml, { type Element } from '@xmpp/xml';
import { WebClient } from '../../test/channels/web/web-client.ts';
import type { Twilio } from '../../test/peers/twilio/twilio.ts';

/** A customer in their own app. */
export interface Customer {
  readonly name: string;
  /** Where they write: the network's name. */
  readonly where: string;
  says(text: string): Promise<void>;
  sees(text: string, withinMs: number): Promise<void>;
  leave(): Promise<void>;
}

async function until(look: () => boolean, withinMs: number, what: string): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!look()) {
    if (performance.now() > deadline)
      throw new Error(`${what} did not arrive within ${String(withinMs / 1000)} s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export function smsCustomer(twilio: Twilio, number: string, to: string): Customer {
  return {
    name: `Sam ${number}`,
    where: 'SMS',
    async says(text) {
      const { status } = await twilio.customerSends({ from: number, to, body: text });
      if (status >= 300) throw new Error(`the webhook answered ${String(status)}`);
    },
    async sees(text, withinMs) {
      await until(
        () => twilio.sent().some((message) => message.to === number && message.body.includes(text)),
        withinMs,
        `“${text}”`,
      );
    },
    leave: async () => undefined,
  };
}

export async function xmppCustomer(options: {
  service: string;
  domain: string;
  name: string;
  password: string;
  to: string;
}): Promise<Customer> {
  const { service, domain, name, password, to } = options;
  const app = client({
    service,
    domain,
    // Without TLS the client offers no password by itself; this is loopback.
    credentials: (authenticate) => authenticate({ username: name, password }, 'PLAIN'),
  });
  const seen: string[] = [];
  app.on('error', () => undefined);
  app.on('stanza', (stanza: Element) => {
    const body = stanza.getChildText('body');
    if (stanza.is('message') && body !== null) seen.push(body);
  });
  await app.start();
  // A stanza sent before the server has enabled stream management ends the stream (reference: test-peers, trap 1).
  await until(() => app.streamManagement.enabled, 60_000, 'stream management');
  await app.send(xml('presence'));
  return {
    name: `Xenia ${name}@${domain}`,
    where: 'XMPP',
    async says(text) {
      const id = `demo-${String(seen.length)}-${String(text.length)}`;
      await app.send(xml('message', { to, type: 'chat', id }, xml('body', {}, text)));
    },
    sees: async (text, withinMs) =>
      until(() => seen.some((body) => body.includes(text)), withinMs, `“${text}”`),
    async leave() {
      await app.stop();
    },
  };
}

export async function webCustomer(base: string): Promise<Customer> {
  const visitor = await (await new WebClient(base).begin({ name: 'Wendy' })).listen();
  return {
    name: 'Wendy',
    where: 'web chat',
    async says(text) {
      const answer = await visitor.say(text);
      if (!answer.ok) throw new Error(`the chat answered ${String(answer.status)}`);
    },
    sees: async (text, withinMs) =>
      until(
        () => visitor.events.some(({ data }) => JSON.stringify(data).includes(text)),
        withinMs,
        `“${text}”`,
      ),
    leave: async () => visitor.cut(),
  };
}
