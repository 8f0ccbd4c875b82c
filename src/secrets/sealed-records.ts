import type { TenantId } from '../platform/ids.ts';
import { Conflict, put, systemTenant, type Collection, type Store, type Stored } from '../store/store.ts';
import type { SealedRecord, SealedRecords } from './rotation.ts';
import type { Sealed, SecretBox, SecretPlace } from './secret-box.ts';

/** A record with a sealed text, and perhaps for a while the one before. */
export interface WithSealed {
  readonly sealed: Sealed;
  readonly previous?: { readonly sealed: Sealed; readonly until: number };
}

/** A collection of such records. */
export interface SealedKind<Value extends WithSealed> {
  readonly collection: Collection<Value>;
  readonly placeOf: (tenant: TenantId, id: string, which: 'current' | 'previous') => SecretPlace;
  /** Those of a tenant. */
  readonly list: (store: Store, tenant: TenantId) => Promise<Iterable<Stored<Value>>>;
}

/** The records of a kind, of all tenants that have any, declared or not, for a change of keys. */
export function sealedRecords<Value extends WithSealed>(
  store: Store,
  box: SecretBox,
  kind: SealedKind<Value>,
): SealedRecords {
  return {
    async *walk() {
      for (const tenant of await store.tenants()) {
        if (tenant === systemTenant) continue;
        for (const stored of await kind.list(store, tenant))
          yield sealedRecord(store, box, kind, tenant, stored);
      }
    },
  };
}

function sealedRecord<Value extends WithSealed>(
  store: Store,
  box: SecretBox,
  { collection, placeOf }: SealedKind<Value>,
  tenant: TenantId,
  { id, version, value }: Stored<Value>,
): SealedRecord {
  const { sealed, previous } = value;
  const anew = (which: 'current' | 'previous', text: Sealed): Sealed => {
    const place = placeOf(tenant, id, which);
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
        await store.commit(tenant, [put(collection, id, record, version)]);
      } catch (error) {
        // Whoever wrote it meanwhile sealed it with their first key; counted again afterwards.
        if (!(error instanceof Conflict)) throw error;
      }
    },
  };
}
