import { ns } from './namespaces.ts';
import { element, type Element } from './xml.ts';

// XEP-0308: a message that takes the place of an earlier one.

/** The stanza id of the message that this one corrects. */
export function correctedBy(message: Element): string | undefined {
  return message.getChild('replace', ns.correction)?.attrs['id'];
}

export function replaces(stanzaId: string): Element {
  return element('replace', { xmlns: ns.correction, id: stanzaId });
}
