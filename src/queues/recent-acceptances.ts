import type { QueueId, TenantId } from '../platform/ids.ts';
import type { Store } from '../store/store.ts';
import { offerRecords } from './offer-record.ts';
import { estimateWindowMs, mostSamples } from './wait-estimate.ts';

/** When agents took sessions of the queue lately, as {@link estimateWait} wants it. */
export async function recentAcceptances(
  store: Store,
  tenant: TenantId,
  queue: QueueId,
  now: number,
): Promise<number[]> {
  const offers = await store.find(tenant, offerRecords, {
    index: 'byQueue',
    equals: [queue],
    from: now - estimateWindowMs,
    descending: true,
    // Some were declined.
    limit: 3 * mostSamples,
  });
  return offers
    .flatMap(({ value }) =>
      value.state === 'accepted' && value.endedAt !== undefined ? [value.endedAt] : [],
    )
    .sort((a, b) => a - b)
    .slice(-mostSamples);
}
