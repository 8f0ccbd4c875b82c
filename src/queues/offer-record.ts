import type { AgentId, QueueId, SessionId } from '../platform/ids.ts';
import { defineCollection, put, type Write } from '../store/store.ts';

/** How an offer stands, in the words of TaskRouter's reservations. `rescinded`: taken back, because the agent or the room was not to be had. */
export type OfferState = 'pending' | 'accepted' | 'rejected' | 'timeout' | 'cancelled' | 'rescinded';

/** One offer of one session, kept for statistics and for the question why. Id: session and number. */
export interface OfferRecord {
  readonly session: SessionId;
  readonly number: number;
  readonly queue: QueueId;
  readonly agent: AgentId;
  readonly state: OfferState;
  readonly madeAt: number;
  readonly endedAt?: number;
  readonly why: string;
}

export const offerRecords = defineCollection<OfferRecord>('offers', {
  bySession: ['session', 'number'],
  byQueue: ['queue', 'madeAt'],
  byAgent: ['agent', 'madeAt'],
  byAge: ['madeAt'],
});

export function putOffer(record: OfferRecord): Write {
  return put(offerRecords, `${record.session}:${String(record.number)}`, record, 'any');
}
