import type { TenantId } from '../../platform/ids.ts';
import type { Sealed, SecretPlace } from '../../secrets/secret-box.ts';
import { defineCollection, type Store, type Stored } from '../../store/store.ts';
import { isShared } from '../shared-tenant.ts';

/** A part of the directory: an agent, a queue, a text in a language, or the tenant itself. */
export interface Part {
  /** As paths and the config file call it: `agents`. */
  readonly kind: string;
  /** Unique among its kind in its tenant. */
  readonly name: string;
  /** As the kind's schema gives it; JSON. */
  readonly body: object;
}

/** A part that an operator added by REST. Id: {@link partId}. Its body has `[set]` in the place of each secret. */
export interface KeptPart extends Part {
  /** JSON of the body with its secrets, where it has any. */
  readonly sealed?: Sealed;
  readonly createdAt: number;
  readonly changedAt: number;
  /** Random, another with each change. */
  readonly tag: string;
}

export const keptParts = defineCollection<KeptPart>('directory-parts', { byKind: ['kind'] });

/**
 * Written along with each change of a tenant's parts, with the version that was read: a change is checked against all other parts, so no
 * two may be made at once. Its value is another each time, so it tells whether there is something new.
 */
export const directoryHeads = defineCollection<{ readonly change: string }>('directory-heads');
export const headId = 'directory';

/** The part that is the tenant itself. */
export const tenantKind = 'tenants';

export function partId({ kind, name }: Pick<Part, 'kind' | 'name'>): string {
  return `${kind}/${name}`;
}

export function partPlace(tenant: TenantId, id: string): SecretPlace {
  return { tenant, kind: 'directory part', id };
}

const pageSize = 1000;

/** All of a tenant, or those of a kind, by {@link partId}. */
export async function listParts(
  store: Store,
  tenant: TenantId,
  kind?: string,
): Promise<Map<string, Stored<KeptPart>>> {
  const found = new Map<string, Stored<KeptPart>>();
  let after: Stored<KeptPart> | undefined;
  do {
    const page: Stored<KeptPart>[] = await store.find(tenant, keptParts, {
      index: 'byKind',
      equals: kind === undefined ? [] : [kind],
      limit: pageSize,
      ...(after === undefined ? {} : { after }),
    });
    for (const one of page) found.set(one.id, one);
    after = page.length < pageSize ? undefined : page.at(-1);
  } while (after !== undefined);
  return found;
}

/** Tenants of which something may have been added by REST. */
export async function tenantsWithParts(store: Store): Promise<TenantId[]> {
  const all = await store.tenants();
  const heads = await Promise.all(all.map(async (id) => store.get(id, directoryHeads, headId)));
  // Changes of shared lines have a head, too, and no parts.
  return all.filter((id, index) => heads[index] !== undefined && !isShared(id));
}
