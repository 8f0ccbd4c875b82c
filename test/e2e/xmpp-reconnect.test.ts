import { setTimeout as delay } from 'node:timers/promises';
import type { Element } from '@xmpp/xml';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ensureProsody } from '../../dev/prosody/ensure-prosody.ts';
import { startProsody, type RunningProsody } from '../../dev/prosody/start-prosody.ts';
import { ChannelError, type Connection } from '../../src/channels/channel.ts';
import { isOurs } from '../../src/channels/xmpp/native-id.ts';
import { ns } from '../../src/channels/xmpp/namespaces.ts';
import { childText, element } from '../../src/channels/xmpp/xml.ts';
import { as } from '../../src/platform/ids.ts';
import { startCutProxy, type CutProxy } from '../channels/xmpp/cut-proxy.ts';
import { openXmppLine, outgoing, text, type OpenLine } from '../channels/xmpp/open-xmpp-line.ts';
import { body, receiptRequest, startCustomer, type XmppCustomer } from '../channels/xmpp/xmpp-customer.ts';

const available = await ensureProsody();
const domain = 'bridge.localhost';
const secret = 'component-secret';
const names = ['alice', 'bob', 'carol', 'dave'];

describe.skipIf('unavailable' in available)('an XMPP line whose connection breaks', () => {
  let prosody: RunningProsody;
  let proxy: CutProxy;
  let line: OpenLine;
  let customers: XmppCustomer[];

  beforeAll(async () => {
    prosody = await startProsody({
      components: [{ domain, secret }],
      users: names.map((name) => ({ name, password: `pw-${name}` })),
    });
    proxy = await startCutProxy(prosody.ports.components);
    line = await openXmppLine({ domain, secret, port: proxy.port });
    await line.untilState('connected');
    customers = await Promise.all(
      names.map((name) =>
        startCustomer({ service: prosody.clientService, host: prosody.host, name, password: `pw-${name}` }),
      ),
    );
  });
  afterAll(async () => {
    await line.close();
    await Promise.all(customers.map((customer) => customer.stop()));
    await proxy.close();
    await prosody.stop();
  });

  test('100 cuts under load: nothing lost, doubled (by id) or reordered, in both directions', async () => {
    const wanted = 100;
    let cuts = 0;
    let taken = 0;
    const nemesis = async () => {
      for (; cuts < wanted; cuts += 1) {
        const before = taken;
        await vi.waitFor(() => expect(line.host.states.at(-1)?.state).toBe('connected'), { interval: 2 });
        // A cut that no message came before is none under load.
        await vi.waitFor(() => expect(taken).toBeGreaterThan(before), { interval: 2 });
        await delay(Math.random() * 200);
        proxy.cut();
        await vi.waitFor(() => expect(line.host.states.at(-1)?.state).not.toBe('connected'), { interval: 1 });
      }
    };
    const goOn = () => cuts < wanted;
    const onTaken = () => (taken += 1);
    const [sent, said] = await Promise.all([
      Promise.all(customers.map(({ bare }) => sendAll(line.connection, bare, 'out', goOn, onTaken))),
      Promise.all(customers.map((customer) => sayAll(customer, 'in', goOn))),
      nemesis(),
    ]);
    await line.untilState('connected');

    let repeated = 0;
    for (const [index, customer] of customers.entries()) {
      await customer.until((stanza) => childText(stanza, 'body') === `out ${sent[index]! - 1}`);
      const { texts, repeats } = shownTo(customer.received, 'out');
      repeated += repeats;
      expect(texts).toEqual(numbered('out', sent[index]!));
      const came = line.host.events.flatMap((event) =>
        event.kind === 'message' && event.from.id === customer.bare && event.message.content?.kind === 'text'
          ? [event.message.content.text]
          : [],
      );
      expect(came).toEqual(numbered('in', said[index]!));
    }
    const total = (counts: readonly number[]) => counts.reduce((sum, each) => sum + each, 0);
    console.info(
      `${cuts} cuts: ${total(sent)} messages out (${repeated} stanzas repeated under their id), ${total(said)} in ` +
        `(${line.host.acceptedIds.length - line.host.events.length} repeated)`,
    );
    expect(total(sent)).toBeGreaterThanOrEqual(cuts);
  }, 480_000);

  test('the server restarts under load: nothing lost, doubled or reordered', async () => {
    const begunAt = new Date();
    let restarting = true;
    const restarts = async () => {
      for (const signal of ['SIGTERM', 'SIGKILL', 'SIGTERM'] as const) {
        await delay(500);
        await prosody.restart(signal);
        await line.untilState('connected');
      }
      restarting = false;
    };
    const [sent] = await Promise.all([
      Promise.all(customers.map(({ bare }) => sendAll(line.connection, bare, 'restart', () => restarting))),
      restarts(),
    ]);
    for (const [index, customer] of customers.entries()) {
      // What the server had taken but not handed over when it went down, an app finds in its archive.
      await vi.waitFor(() => expect(customer.client.streamManagement.enabled).toBe(true), {
        timeout: 60_000,
        interval: 50,
      });
      // Asked for on a connection that is dead already, it comes to nothing.
      const archived = await vi.waitFor(() => archive(customer, begunAt), { timeout: 180_000 });
      expect(shownTo(archived, 'restart').texts).toEqual(numbered('restart', sent[index]!));
    }
  }, 600_000);

  test('while the line is down, a message is refused as certainly not sent', async () => {
    proxy.block(true);
    proxy.cut();
    await line.untilState('disconnected');
    const failure = await line.connection
      .send({ id: as('alice@localhost') }, outgoing(text('never')))
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ChannelError);
    expect(failure).toMatchObject({ kind: 'retry', certain: true });
    const down = line.host.states.findLast(({ state }) => state === 'disconnected');
    expect(down).toMatchObject({ retrying: true });
    proxy.block(false);
    await line.untilState('connected');
  });

  test('a wire that is dead without being closed is noticed, and what was under way arrives', async () => {
    proxy.freeze(true);
    const [alice] = customers;
    const sent = line.connection.send({ id: as(alice!.bare) }, outgoing(text('through a dead wire')));
    await vi.waitFor(() => expect(line.host.states.at(-1)?.state).not.toBe('connected'), {
      timeout: 60_000,
      interval: 10,
    });
    proxy.freeze(false);
    await sent;
    await alice!.until((stanza) => childText(stanza, 'body') === 'through a dead wire');
  });
});

/** Sends as the outbox does: one at a time, again under the same delivery id when told to. */
async function sendAll(
  connection: Connection,
  to: string,
  word: string,
  goOn: () => boolean,
  onTaken: () => void = () => undefined,
): Promise<number> {
  let index = 0;
  for (; goOn(); index += 1) {
    const message = outgoing(text(`${word} ${index}`));
    for (;;) {
      try {
        await connection.send({ id: as(to), via: `support@${domain}` }, message);
        onTaken();
        break;
      } catch (error) {
        if (!(error instanceof ChannelError) || error.kind !== 'retry') throw error;
        await delay(10);
      }
    }
    await delay(2);
  }
  return index;
}

function numbered(word: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${word} ${index}`);
}

/** Writes as a careful app does: again under the same id until there is a receipt. */
async function sayAll(customer: XmppCustomer, word: string, goOn: () => boolean): Promise<number> {
  const receipts = new Set<string>();
  const refused = new Set<string>();
  customer.onStanza((stanza) => {
    const receipt = stanza.getChild('received', ns.receipts)?.attrs['id'];
    if (receipt !== undefined) receipts.add(receipt);
    if (stanza.attrs['type'] === 'error') refused.add(stanza.attrs['id'] ?? '');
  });
  let index = 0;
  for (; goOn(); index += 1) {
    const id = `${customer.bare}-${word}-${index}`;
    while (!receipts.has(id)) {
      refused.delete(id);
      await customer.say(`support@${domain}`, [body(`${word} ${index}`), receiptRequest()], { id });
      const giveUpAt = Date.now() + 400;
      while (!receipts.has(id) && !refused.has(id) && Date.now() < giveUpAt) await delay(2);
      if (refused.has(id)) await delay(20);
    }
  }
  return index;
}

/** Texts with a word in them, by first appearance of their id, as an app shows them. */
function shownTo(stanzas: readonly Element[], word: string): { texts: string[]; repeats: number } {
  const seen = new Set<string>();
  const texts: string[] = [];
  let repeats = 0;
  for (const stanza of stanzas) {
    const { id = '' } = stanza.attrs;
    const said = childText(stanza, 'body') ?? '';
    if (!isOurs(id) || !said.startsWith(`${word} `)) continue;
    if (seen.has(id)) repeats += 1;
    else texts.push(said);
    seen.add(id);
  }
  return { texts, repeats };
}

/** Everything that the server has kept for a customer since then (XEP-0313). Of all that was ever said it needs many seconds. */
async function archive(customer: XmppCustomer, since: Date): Promise<Element[]> {
  const field = (name: string, value: string) => element('field', { var: name }, element('value', {}, value));
  const found: Element[] = [];
  let after: string | undefined;
  for (;;) {
    const from = customer.received.length;
    const answer = await customer.ask(
      customer.bare,
      element(
        'query',
        { xmlns: ns.archive },
        element(
          'x',
          { xmlns: 'jabber:x:data', type: 'submit' },
          field('FORM_TYPE', ns.archive),
          field('start', since.toISOString()),
        ),
        element(
          'set',
          { xmlns: 'http://jabber.org/protocol/rsm' },
          element('max', {}, '200'),
          after === undefined ? undefined : element('after', {}, after),
        ),
      ),
      'set',
    );
    const page = customer.received
      .slice(from)
      .flatMap((stanza) => stanza.getChild('result', ns.archive) ?? []);
    for (const result of page) {
      const message = result.getChild('forwarded', 'urn:xmpp:forward:0')?.getChild('message');
      if (message !== undefined) found.push(message);
    }
    const fin = answer.getChild('fin', ns.archive);
    after = childText(fin?.getChild('set', 'http://jabber.org/protocol/rsm') ?? element('set'), 'last');
    if (fin?.attrs['complete'] === 'true' || after === undefined) return found;
  }
}
