import type { QueueId, TenantId } from '../platform/ids.ts';
import { directService } from '../directory/service-settings.ts';
import type { Tenant } from '../directory/tenant.ts';
import { offerRecords } from '../queues/offer-record.ts';
import type { Collection, Query, Store, Stored } from '../store/store.ts';
import { QueueTally, type QueueStatistics } from './queue-statistics.ts';
import { sessions, type SessionRecord } from './session.ts';

export interface StatisticsWanted {
  /** Offers made and sessions opened from then on, */
  readonly since: number;
  /** and no later than that. */
  readonly until: number;
  readonly thresholdsMs: readonly number[];
}

/** In the direction in which sessions go, so that one that moves on meanwhile is met at least once. */
const states: readonly SessionRecord['state'][] = ['talking', 'waiting', 'offered', 'active', 'closed'];
const pageSize = 500;

/** Reads page by page what the queue's offers and sessions of a time have come to. Undefined where there is no such queue. */
export async function readQueueStatistics(
  store: Store,
  tenant: Tenant,
  id: QueueId,
  { since, until, thresholdsMs }: StatisticsWanted,
  now: number,
): Promise<QueueStatistics | undefined> {
  const queue = tenant.queues.get(id);
  if (queue === undefined) return undefined;
  const tally = new QueueTally({ promisedMs: queue.promisedMs, thresholdsMs, now });
  const made: Query = { index: 'byQueue', equals: [id], from: since, to: until };
  for await (const { value } of walk(store, tenant.id, offerRecords, made)) tally.offer(value);
  /** Sessions that were not over when they were met, as they were met last. */
  const open = new Map<string, SessionRecord>();
  for (const state of states) {
    const opened: Query = { index: 'byState', equals: [state], from: since, to: until };
    for await (const session of walk(store, tenant.id, sessions, opened)) {
      if (session.value.queue !== id || !hasWaited(session.value)) continue;
      if (state === 'closed') {
        open.delete(session.id);
        tally.session(session.value);
      } else open.set(session.id, session.value);
    }
  }
  for (const session of open.values()) tally.session(session);
  return tally.result();
}

/** Those who were helped, or gave up, while a service talked to them were in no queue. */
function hasWaited({ service, waitedMs, waitingSince }: SessionRecord): boolean {
  return service === directService || waitedMs !== undefined || waitingSince !== undefined;
}

async function* walk<T extends object>(
  store: Store,
  tenant: TenantId,
  collection: Collection<T>,
  query: Query,
): AsyncGenerator<Stored<T>> {
  let after: Stored<T> | undefined;
  for (;;) {
    const page = await store.find(tenant, collection, {
      ...query,
      limit: pageSize,
      ...(after === undefined ? {} : { after }),
    });
    yield* page;
    after = page.at(-1);
    if (page.length < pageSize) return;
  }
}
