import type { ConversationId, DeliveryId, InboxEntryId, LegKey } from '../platform/ids.ts';
import { defineCollection } from '../store/store.ts';
import type { DeliveryRecord, InboxEntry, ReceiptStatus, ReceiptTimes } from './delivery.ts';

/** Entries that wait to be decided; gone when their decision is committed. Id: the entry's id. Never changed, so always at version 1. */
export const inboxEntries = defineCollection<InboxEntry<unknown>>('inbox', {
  byKey: ['key', 'sequence'],
  bySequence: ['sequence'],
});

/** Remembers that an entry was accepted, long after it was handled. Id: the entry's id. */
export const seenEntries = defineCollection<{ readonly at: number }>('inbox-seen', { byAge: ['at'] });

/** Entries whose decision failed, set aside so that their key could go on. Id: the entry's id. */
export interface QuarantinedEntry<Event = unknown> {
  readonly id: InboxEntryId;
  readonly key: ConversationId;
  readonly event: Event;
  readonly acceptedAt: number;
  readonly quarantinedAt: number;
  /** The error's text. For operators: it may name what the entry held. */
  readonly reason: string;
}
export const quarantinedEntries = defineCollection<QuarantinedEntry>('quarantine', {
  byAge: ['quarantinedAt'],
});

/** Deliveries, waiting and done. Id: the delivery's id. */
export const deliveries = defineCollection<DeliveryRecord>('outbox', {
  byKey: ['key', 'queued', 'sequence'],
  byQueued: ['queued', 'sequence'],
  byStatus: ['key', 'status', 'sequence'],
  byFinish: ['finishedAt'],
  byTrouble: ['trouble', 'sequence'],
});

/**
 * What is known of a native id on a leg. Id: `nativeRecordId`. Either the delivery that got this native id, or the receipt that
 * came before its delivery's own success was committed: the two writers meet at this one record, so neither can miss the other.
 */
export interface NativeRecord {
  readonly delivery?: DeliveryId;
  readonly early?: ReceiptStatus;
  readonly earlyAt?: number;
  readonly receipts?: ReceiptTimes;
  readonly reason?: string;
}
export const nativeRecords = defineCollection<NativeRecord>('outbox-natives', { byEarlyAge: ['earlyAt'] });

export function nativeRecordId(leg: LegKey, nativeId: string): string {
  return `${leg}|${nativeId}`;
}

/**
 * Timers that are set. Id: `entryId`. So a timer that is set anew is another record, and firing the old one cannot take the new one
 * away (a record that is removed and put again begins at version 1 again).
 */
export interface TimerRecord<Event = unknown> {
  readonly key: ConversationId;
  readonly name: string;
  readonly dueAt: number;
  readonly event: Event;
  /** Becomes the inbox entry's id: derived from the entry that set the timer. */
  readonly entryId: InboxEntryId;
}
export const timerRecords = defineCollection<TimerRecord>('timers', {
  byDue: ['dueAt'],
  byName: ['key', 'name'],
});
