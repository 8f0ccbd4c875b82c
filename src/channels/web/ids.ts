import { as, type DeliveryId, type NativeMessageId } from '../../platform/ids.ts';
import { derivedId } from '../../platform/derived-id.ts';

/** A message's name on the line: the visitor, and the visitor's name for it. */
export function nativeId(visitor: string, id: string): NativeMessageId {
  return as(`${visitor}:${id}`);
}

/** The visitor's name of a message; undefined where the message is not this visitor's. */
export function entryIdOf(visitor: string, native: string): string | undefined {
  return native.startsWith(`${visitor}:`) ? native.slice(visitor.length + 1) : undefined;
}

/** The visitor's name of what a delivery brings: always the same one, and telling nothing of the delivery. */
export function idOfDelivery(delivery: DeliveryId): string {
  return derivedId('web', delivery);
}
