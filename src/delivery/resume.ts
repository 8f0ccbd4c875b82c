import type { ConversationId, TenantId } from '../platform/ids.ts';
import type { Store, Stored } from '../store/store.ts';
import { deliveries, inboxEntries } from './collections.ts';
import type { DeliveryRecord, InboxEntry } from './delivery.ts';

/** What an earlier run left, page by page, oldest first. Names keys only: their lanes read the rest when their turn comes. */
const pageSize = 1000;

export async function resumeInbox(
  store: Store,
  tenant: TenantId,
  touch: (tenant: TenantId, key: ConversationId) => void,
): Promise<void> {
  let after: Stored<InboxEntry<unknown>> | undefined;
  do {
    const page: Stored<InboxEntry<unknown>>[] = await store.find(tenant, inboxEntries, {
      index: 'bySequence',
      equals: [],
      limit: pageSize,
      ...(after === undefined ? {} : { after }),
    });
    for (const row of page) touch(tenant, row.value.key);
    after = page.length < pageSize ? undefined : page.at(-1);
  } while (after !== undefined);
}

export async function resumeOutbox<Operation>(
  store: Store,
  tenant: TenantId,
  touch: (tenant: TenantId, records: readonly DeliveryRecord<Operation>[]) => void,
): Promise<void> {
  let after: Stored<DeliveryRecord> | undefined;
  do {
    const page: Stored<DeliveryRecord>[] = await store.find(tenant, deliveries, {
      index: 'byQueued',
      equals: [true],
      limit: pageSize,
      ...(after === undefined ? {} : { after }),
    });
    touch(
      tenant,
      page.map((row) => row.value as DeliveryRecord<Operation>),
    );
    after = page.length < pageSize ? undefined : page.at(-1);
  } while (after !== undefined);
}
