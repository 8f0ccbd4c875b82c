import { derivedId } from '../../platform/derived-id.ts';
import { as, type DeliveryId, type NativeMessageId } from '../../platform/ids.ts';

// Stanza ids are unique to their sender only. Ours begin with a prefix, so that a reaction or a reply, which names a message by
// its stanza id alone, tells a message of ours from one of the customer's.
const ours = 'sb.';
/** Between address and stanza id of a customer's message; no address has a space. */
const separator = ' ';
/** Begins ids that we made for messages without one: nobody can refer to them on the network. */
const made = '~';
/** Longer ones are nobody's honest ids, and have no place in an index. */
const maxStanzaId = 128;
const maxReadableAddress = 100;

/** The stanza id of a delivery; the same however often it is sent. */
export function stanzaIdOfDelivery(delivery: DeliveryId): NativeMessageId {
  return as(`${ours}${delivery}`);
}

export function isOurs(stanzaId: string): boolean {
  return stanzaId.startsWith(ours);
}

/** A customer's message, by the id that it came with. */
export function customersMessage(bareJid: string, stanzaId: string): NativeMessageId {
  return as(`${sender(bareJid)}${separator}${stanzaId}`);
}

/** The id of an event that is no message of its own, or has no stanza id: the same when the same comes again. */
export function derivedEvent(bareJid: string, ...parts: readonly (string | number)[]): NativeMessageId {
  return as(`${sender(bareJid)}${separator}${made}${derivedId<string>(bareJid, ...parts)}`);
}

/** The native id behind a stanza id that a customer refers to, be it of our message or of one of theirs. */
export function referredMessage(bareJid: string, stanzaId: string): NativeMessageId {
  return isOurs(stanzaId) ? as(stanzaId) : customersMessage(bareJid, stanzaId);
}

/** How a message is named on the network; `undefined` where it has no name there. */
export function stanzaIdOf(native: string): string | undefined {
  if (isOurs(native)) return native;
  const at = native.indexOf(separator);
  return at < 0 || native.startsWith(made, at + 1) ? undefined : native.slice(at + separator.length);
}

/** A stanza id that can be used, else `undefined`. */
export function usableStanzaId(id: string | undefined): string | undefined {
  const usable = id !== undefined && id !== '' && id.length <= maxStanzaId && !id.startsWith(made);
  return usable && !/[\p{Cc}\p{Cs}]/u.test(id) ? id : undefined;
}

/** Ids stay short enough for an index, whatever the address. */
function sender(bareJid: string): string {
  return bareJid.length <= maxReadableAddress ? bareJid : derivedId<string>(bareJid);
}
