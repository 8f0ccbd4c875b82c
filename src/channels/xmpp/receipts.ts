import { ns } from './namespaces.ts';
import { element, flag, type Element } from './xml.ts';

// XEP-0184: a device says that a message has reached it.

export function receiptRequest(): Element {
  return flag('request', ns.receipts);
}

/** A receipt is never asked for a receipt. */
export function wantsReceipt(message: Element): boolean {
  return message.getChild('request', ns.receipts) !== undefined && receiptFor(message) === undefined;
}

/** The stanza id of the message that has arrived. */
export function receiptFor(message: Element): string | undefined {
  return message.getChild('received', ns.receipts)?.attrs['id'];
}

export function receipt(stanzaId: string): Element {
  return element('received', { xmlns: ns.receipts, id: stanzaId });
}
