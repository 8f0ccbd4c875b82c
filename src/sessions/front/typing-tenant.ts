import type { Address } from '../../channels/channel.ts';
import { conversationOf } from '../../directory/contact.ts';
import { sharedTenantId } from '../../directory/shared-tenant.ts';
import type { LineId, TenantId } from '../../platform/ids.ts';
import type { Store } from '../../store/store.ts';
import { fronts } from './front-record.ts';

/** Whom a customer of a shared line writes to at the moment. */
export async function typingTenant(store: Store, line: LineId, from: Address): Promise<TenantId | undefined> {
  const found = await store.get(sharedTenantId, fronts, conversationOf(sharedTenantId, line, from));
  return found?.value.owner?.tenant;
}
