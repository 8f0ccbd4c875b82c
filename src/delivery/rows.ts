import type { DeliveryRecord, InboxEntry, NewDelivery, NewEntry } from './delivery.ts';

/** The stored form of an entry that is accepted now. */
export function entryRow<Event>(entry: NewEntry<Event>, sequence: number, now: number): InboxEntry<Event> {
  return { id: entry.id, key: entry.key, event: entry.event, sequence, acceptedAt: now };
}

/** The stored form of a delivery that a decision adds now. */
export function deliveryRow<Operation>(
  delivery: NewDelivery<Operation>,
  sequence: number,
  now: number,
): DeliveryRecord<Operation> {
  return {
    id: delivery.id,
    key: delivery.key,
    conversation: delivery.conversation,
    operation: delivery.operation,
    tell: delivery.tell,
    sequence,
    status: 'pending',
    queued: true,
    attempts: 0,
    nextAttemptAt: 0,
    createdAt: now,
    ...(delivery.messageId === undefined ? {} : { messageId: delivery.messageId }),
    ...(delivery.retryOf === undefined ? {} : { retryOf: delivery.retryOf }),
  };
}
