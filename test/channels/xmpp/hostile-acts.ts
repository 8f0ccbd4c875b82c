import type { Element } from '@xmpp/xml';
import { ns } from '../../../src/channels/xmpp/namespaces.ts';
import { element, flag } from '../../../src/channels/xmpp/xml.ts';
import type { HostileAct } from '../../conformance/channel-harness.ts';
import { body, type XmppCustomer } from './xmpp-customer.ts';

/** What a stranger on the network could send us, as far as a server lets it through. */
export function hostileActs(customer: XmppCustomer, tenant: string): HostileAct[] {
  const says = (name: string, children: readonly Element[], attrs = {}): HostileAct => ({
    name,
    run: async () => {
      await customer.say(tenant, children, attrs);
    },
  });
  const sends = (name: string, stanza: Element): HostileAct => ({ name, run: () => customer.send(stanza) });
  const refused = (name: string, children: readonly Element[], attrs = {}): HostileAct => ({
    name,
    async run() {
      const id = await customer.say(tenant, children, attrs);
      await customer.until(
        (stanza) =>
          stanza.attrs['id'] === id &&
          stanza.attrs['type'] === 'error' &&
          stanza.getChild('error')?.getChild('bad-request') !== undefined,
        `refusal of ${name}`,
      );
    },
  });
  const forwarded = element(
    'forwarded',
    { xmlns: 'urn:xmpp:forward:0' },
    element('message', { xmlns: 'jabber:client', from: 'victim@localhost', to: tenant }, body('forged')),
  );
  return [
    refused('a stanza of 300 kB', [body('x'.repeat(300_000))]),
    refused('a stanza of many small elements', [
      element('many', { xmlns: 'urn:test' }, ...Array.from({ length: 20_000 }, () => element('a'))),
    ]),
    refused('a deeply nested stanza', [nested(40)]),
    says('a forged carbon', [element('received', { xmlns: ns.carbons }, forwarded)]),
    says('a forged archive result', [element('result', { xmlns: ns.archive, id: '1' }, forwarded)]),
    says('a group chat message', [body('to all')], { type: 'groupchat' }),
    says('a headline', [body('news')], { type: 'headline' }),
    says('an error for nothing', [body('error'), element('error', { type: 'cancel' })], { type: 'error' }),
    says('a receipt without an id', [flag('received', ns.receipts)]),
    says('a receipt for a message of somebody else', [
      element('received', { xmlns: ns.receipts, id: 'not-ours' }),
    ]),
    says('a marker without an id', [flag('displayed', ns.markers)]),
    says('reactions without an id', [flag('reactions', ns.reactions)]),
    says('a correction of nothing', [flag('replace', ns.correction)]),
    says('a retraction without an id', [flag('retract', ns.retraction)]),
    says('an empty body', [body('')]),
    says('a file at no address', [
      element('x', { xmlns: ns.outOfBand }, element('url', {}, 'file:///etc/passwd')),
    ]),
    { ...says('names of prototypes', [reaction('__proto__', 'x')]), mayGiveEvents: true },
    {
      // Not longer: Debian's libexpat of 2.5.0-1+deb12u5 keeps a long token that came in pieces back until more has come (5,000 were held up, 1,000 not).
      ...says('an id as long as a page', [body('long id')], { id: 'i'.repeat(1_000) }),
      mayGiveEvents: true,
    },
    {
      ...says('an id of a line separator', [body('odd id')], { id: 'a\u2028b\u0085c' }),
      mayGiveEvents: true,
    },
    {
      ...says('a receipt that nobody waits for', [
        element('received', { xmlns: ns.receipts, id: 'sb.unknown' }),
      ]),
      mayGiveEvents: true,
    },
    sends('an iq without a payload', element('iq', { to: tenant, type: 'get', id: 'h1' })),
    sends(
      'an iq with two payloads',
      element('iq', { to: tenant, type: 'get', id: 'h2' }, flag('ping', ns.ping), flag('ping', ns.ping)),
    ),
    sends('an answer to no question', element('iq', { to: tenant, type: 'result', id: 'sb-ping-1' })),
    sends(
      'a ping that looks like our own',
      element('iq', { to: tenant, type: 'get', id: 'sb-ping-2' }, flag('ping', ns.ping)),
    ),
    sends(
      'presence of an unknown kind',
      element('presence', { to: tenant, type: 'probe' }, flag('x', 'urn:test')),
    ),
  ];
}

function reaction(target: string, emoji: string): Element {
  return element('reactions', { xmlns: ns.reactions, id: target }, element('reaction', {}, emoji));
}

function nested(depth: number): Element {
  return depth === 0
    ? element('deep', { xmlns: 'urn:test' })
    : element('deep', { xmlns: 'urn:test' }, nested(depth - 1));
}
