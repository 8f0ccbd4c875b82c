import { keptLines, placeOf } from '../../directory/kept-line.ts';
import type { LineId, TenantId } from '../../platform/ids.ts';
import type { SealedRecord, SealedRecords } from '../../secrets/rotation.ts';
import type { SecretBox } from '../../secrets/secret-box.ts';
import { Conflict, put, systemTenant, type Store } from '../../store/store.ts';
import { listKeptLines } from './kept-line-records.ts';

/** The lines of all tenants that have records, declared or not, for a change of keys. */
export function sealedLines(store: Store, box: SecretBox): SealedRecords {
  return {
    async *walk() {
      for (const tenant of await store.tenants()) {
        if (tenant === systemTenant) continue;
        for (const id of (await listKeptLines(store, tenant)).keys()) {
          const one = await sealedLine(store, box, tenant, id);
          if (one !== undefined) yield one;
        }
      }
    },
  };
}

async function sealedLine(
  store: Store,
  box: SecretBox,
  tenant: TenantId,
  id: LineId,
): Promise<SealedRecord | undefined> {
  const stored = await store.get(tenant, keptLines, id);
  if (stored === undefined) return undefined;
  const { value, version } = stored;
  const { sealed, previous } = value;
  const anew = (which: 'current' | 'previous', text: string): string => {
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
        await store.commit(tenant, [put(keptLines, id, record, version)]);
      } catch (error) {
        // Whoever wrote it meanwhile sealed it with their first key; counted again afterwards.
        if (!(error instanceof Conflict)) throw error;
      }
    },
  };
}
