import { ns } from './namespaces.ts';
import { type Element } from './xml.ts';

// XEP-0380: what a message is encrypted with that we have no key for.

const schemes: Readonly<Record<string, string>> = {
  'eu.siacs.conversations.axolotl': 'OMEMO',
  'urn:xmpp:omemo:1': 'OMEMO',
  'urn:xmpp:omemo:2': 'OMEMO',
  'urn:xmpp:openpgp:0': 'OpenPGP',
  'jabber:x:encrypted': 'OpenPGP',
  'urn:xmpp:otr:0': 'OTR',
};

/** How the message is encrypted, in a word; `undefined` for one in the clear. */
export function encryptionOf(message: Element, body: string): string | undefined {
  const named = message.getChild('encryption', ns.encryption)?.attrs['namespace'];
  if (named !== undefined) return schemes[named] ?? 'an unknown method';
  const payload = message.getChildElements().find((child) => {
    const name = child.getName();
    if (name !== 'encrypted' && name !== 'openpgp' && name !== 'x') return false;
    return Object.hasOwn(schemes, child.getNS() ?? '');
  });
  if (payload !== undefined) return schemes[payload.getNS() ?? ''];
  if (body.startsWith('?OTR')) return 'OTR';
  return /^aesgcm:\/\//i.test(body) ? 'OMEMO' : undefined;
}
