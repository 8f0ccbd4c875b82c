import { derivedId } from '../platform/derived-id.ts';
import { as, type HomeserverId, type InboxEntryId, type LineId } from '../platform/ids.ts';
import type { ChannelEvent } from '../channels/channel.ts';

/** The event's id makes the entry's, so a repeated event is the same entry. */
export function roomEntryId(homeserver: HomeserverId | undefined, eventId: string): InboxEntryId {
  return as(`mx:${homeserver ?? ''}:${eventId}`);
}

/**
 * The event's own id makes the entry's: the same event repeated is the same entry. Hashed, since entries are named in logs and native
 * ids may hold an address (XMPP) or whatever a customer's program chose.
 */
export function lineEntryId(line: LineId, kind: ChannelEvent['kind'], nativeId: string): InboxEntryId {
  return as(`ch:${line}:${kind}:${derivedId<string>(nativeId)}`);
}
