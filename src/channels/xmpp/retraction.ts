import { fallback } from './fallback.ts';
import { ns } from './namespaces.ts';
import { element, flag, type Element } from './xml.ts';

// XEP-0424: taking a message back.

/** The stanza id of the message that is taken back, as today's apps say it or as those before version 0.4 did. */
export function retractedBy(message: Element): string | undefined {
  const retract = message.getChild('retract', ns.retraction);
  if (retract !== undefined) return retract.attrs['id'];
  const fastened = message.getChild('apply-to', ns.fasten);
  return fastened?.getChild('retract', ns.olderRetraction) === undefined ? undefined : fastened.attrs['id'];
}

/** With words for apps that do not know retraction. */
export function retraction(stanzaId: string): Element[] {
  return [
    element('retract', { xmlns: ns.retraction, id: stanzaId }),
    fallback(ns.retraction),
    element('body', {}, 'This message was withdrawn, but your app cannot hide it.'),
    flag('store', ns.hints),
  ];
}
