import type { TenantId } from '../../platform/ids.ts';
import { Conflict, put, remove, type Store, type Write } from '../../store/store.ts';
import type { Scope } from '../scopes.ts';
import { apiKeys, apiKeyUses, makeKey, prefixOf, type ApiKey } from './api-key.ts';

/** A key as it may be shown. */
export interface KeyView {
  readonly id: string;
  /** How the key begins. */
  readonly prefix: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: number;
  readonly expiresAt?: number;
  readonly lastUsedAt?: number;
}

export interface GivenKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt?: number | undefined;
}

/** A tenant's keys as they are made and taken away. Their secrets are shown once, and kept by nobody. */
export interface KeyDesk {
  /** Oldest first. */
  list(tenant: TenantId): Promise<KeyView[]>;
  get(tenant: TenantId, id: string): Promise<KeyView | undefined>;
  /** Undefined where the tenant has as many as it may have. `also`, of the key without its secret, goes into the same commit. */
  create(
    tenant: TenantId,
    given: GivenKey,
    also: (view: KeyView) => readonly Write[],
  ): Promise<{ readonly view: KeyView; readonly token: string } | undefined>;
  /** Holds for the next request on every replica. False where there is no such key; `also` goes into the same commit. */
  revoke(tenant: TenantId, id: string, also: readonly Write[]): Promise<boolean>;
  now(): number;
}

/** Read whole at each list. */
export const mostKeys = 200;

export function createKeyDesk({
  store,
  now,
}: {
  readonly store: Store;
  readonly now: () => number;
}): KeyDesk {
  const viewOf = async (tenant: TenantId, id: string, key: ApiKey): Promise<KeyView> => {
    const { hash: _, ...shown } = key;
    const used = await store.get(tenant, apiKeyUses, id);
    return {
      id,
      prefix: prefixOf(tenant, id),
      ...shown,
      ...(used === undefined ? {} : { lastUsedAt: used.value.at }),
    };
  };
  const all = async (tenant: TenantId) =>
    store.find(tenant, apiKeys, { index: 'byAge', equals: [], limit: mostKeys });

  return {
    now,
    async list(tenant) {
      const found = await all(tenant);
      return Promise.all(found.map(async ({ id, value }) => viewOf(tenant, id, value)));
    },
    async get(tenant, id) {
      const found = await store.get(tenant, apiKeys, id);
      return found && viewOf(tenant, id, found.value);
    },
    async create(tenant, { name, scopes, expiresAt }, also) {
      if ((await all(tenant)).length >= mostKeys) return undefined;
      const { id, token, hash } = makeKey(tenant);
      const about = { name, scopes, createdAt: now(), ...(expiresAt === undefined ? {} : { expiresAt }) };
      const view = { id, prefix: prefixOf(tenant, id), ...about };
      await store.commit(tenant, [put(apiKeys, id, { ...about, hash }, 'absent'), ...also(view)]);
      return { view, token };
    },
    async revoke(tenant, id, also) {
      const found = await store.get(tenant, apiKeys, id);
      if (found === undefined) return false;
      try {
        const gone = [remove(apiKeys, id, found.version), remove(apiKeyUses, id, 'any')];
        await store.commit(tenant, [...gone, ...also]);
        return true;
      } catch (error) {
        if (error instanceof Conflict) return false;
        throw error;
      }
    },
  };
}
