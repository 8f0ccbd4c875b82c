import { derivedId } from '../../platform/derived-id.ts';
import type { InboxEntryId, TenantId } from '../../platform/ids.ts';
import type { NewEntry } from '../../delivery/delivery.ts';
import { accountsOf, type Directory } from '../../directory/directory.ts';
import type { Agent, Tenant } from '../../directory/tenant.ts';
import type { Store } from '../../store/store.ts';
import type { ConversationEvent } from '../conversation-event.ts';
import { deskOf, desks, isDeskOf } from './desk.ts';

/** Gives a desk to each agent whose accounts have none. */
export async function openDesks(options: {
  readonly store: Store;
  readonly directory: Directory;
  readonly accept: (tenant: TenantId, entries: readonly NewEntry<ConversationEvent>[]) => Promise<unknown>;
}): Promise<void> {
  for (const tenant of options.directory.tenants())
    await openDesksOf(options, tenant, [...tenant.agents.values()]);
}

/** The same for some agents of a tenant. */
export async function openDesksOf(
  { store, accept }: Pick<Parameters<typeof openDesks>[0], 'store' | 'accept'>,
  tenant: Tenant,
  agents: readonly Agent[],
): Promise<void> {
  const missing: NewEntry<ConversationEvent>[] = [];
  for (const agent of agents) {
    const key = deskOf(agent.id);
    const desk = await store.get(tenant.id, desks, agent.id);
    if (isDeskOf(desk?.value, agent)) continue;
    const accounts = accountsOf(agent).join(' ');
    missing.push({
      id: derivedId<InboxEntryId>('desk', tenant.id, agent.id, accounts, desk?.version ?? 0),
      key,
      event: { type: 'desk' },
    });
  }
  if (missing.length > 0) await accept(tenant.id, missing);
}
