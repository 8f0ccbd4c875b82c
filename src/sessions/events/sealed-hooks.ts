import type { TenantId } from '../../platform/ids.ts';
import type { SealedRecord, SealedRecords } from '../../secrets/rotation.ts';
import type { SecretBox } from '../../secrets/secret-box.ts';
import { Conflict, put, systemTenant, type Store, type Stored } from '../../store/store.ts';
import { hookPlace, hooks, listHooks, type Hook } from './hook.ts';

/** The secrets of all tenants' webhooks, for a change of keys. */
export function sealedHooks(store: Store, box: SecretBox): SealedRecords {
  return {
    async *walk() {
      for (const tenant of await store.tenants()) {
        if (tenant === systemTenant) continue;
        for (const hook of await listHooks(store, tenant)) yield sealedHook(store, box, tenant, hook);
      }
    },
  };
}

function sealedHook(store: Store, box: SecretBox, tenant: TenantId, hook: Stored<Hook>): SealedRecord {
  const { id, version, value } = hook;
  const { sealed, previous } = value;
  const anew = (which: 'current' | 'previous', text: string): string => {
    const place = hookPlace(tenant, id, which);
    return box.seal(place, box.open(place, text));
  };
  return {
    sealed: [sealed, ...(previous === undefined ? [] : [previous.sealed])],
    async sealAnew() {
      const record = {
        ...value,
        sealed: anew('current', sealed),
        ...(previous === undefined
          ? {}
          : { previous: { ...previous, sealed: anew('previous', previous.sealed) } }),
      };
      try {
        await store.commit(tenant, [put(hooks, id, record, version)]);
      } catch (error) {
        // Whoever wrote it meanwhile sealed it with their first key; counted again afterwards.
        if (!(error instanceof Conflict)) throw error;
      }
    },
  };
}
