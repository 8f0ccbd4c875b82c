import { setTimeout as sleep } from 'node:timers/promises';
import type { TenantId } from '../../src/platform/ids.ts';
import { leases } from '../../src/replicas/replica-records.ts';
import type { Rig } from './rig.ts';

/** Waits until no conversation has an owner: a replica gives it back after a minute of silence. */
export async function leasesGivenBack(rig: Rig): Promise<void> {
  const held: { readonly tenant: TenantId; readonly id: string }[] = [];
  for await (const { tenant, collection, id } of rig.store.walk())
    if (collection === leases.name && id.startsWith('conversation')) held.push({ tenant, id });
  const store = await rig.store.open();
  try {
    for (const { tenant, id } of held)
      while ((await store.get(tenant, leases, id))?.value.holder !== '') await sleep(500);
  } finally {
    await store.close();
  }
}
