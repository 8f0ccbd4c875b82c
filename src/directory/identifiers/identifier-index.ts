import type { ServiceId, TenantId } from '../../platform/ids.ts';
import { isShared } from '../shared-tenant.ts';
import type { GivenIdentifier, Tenant } from '../tenant.ts';
import { keyOf, keysOf, kindOf, normaliseIdentifier } from './identifier.ts';

/** Whom an identifier reaches: a tenant, or one service of it. */
export interface Owner {
  readonly tenant: TenantId;
  readonly service?: ServiceId;
}

/** Whose each identifier is. */
export interface IdentifierIndex {
  put(tenant: Tenant): void;
  remove(tenant: TenantId): void;
  /** One a tenant, in order of id; with a service where all that is meant of the tenant is that service. */
  ownersOf(written: string): Owner[];
}

export function createIdentifierIndex(): IdentifierIndex {
  const byKey = new Map<string, Map<TenantId, Set<ServiceId | undefined>>>();
  const keysOfTenant = new Map<TenantId, ReadonlySet<string>>();

  const remove = (tenant: TenantId): void => {
    for (const key of keysOfTenant.get(tenant) ?? []) {
      const owners = byKey.get(key);
      owners?.delete(tenant);
      if (owners?.size === 0) byKey.delete(key);
    }
    keysOfTenant.delete(tenant);
  };

  return {
    remove,
    put(tenant) {
      remove(tenant.id);
      if (isShared(tenant.id)) return;
      const keys = new Set<string>();
      const own: GivenIdentifier[] = [
        { identifier: tenant.id },
        { identifier: tenant.name },
        ...tenant.identifiers.map((given) => (typeof given === 'string' ? { identifier: given } : given)),
      ];
      for (const given of own) {
        for (const key of keysUnder(given)) {
          keys.add(key);
          const owners = byKey.get(key) ?? new Map<TenantId, Set<ServiceId | undefined>>();
          byKey.set(key, owners.set(tenant.id, (owners.get(tenant.id) ?? new Set()).add(given.service)));
        }
      }
      keysOfTenant.set(tenant.id, keys);
    },
    ownersOf(written) {
      const found = new Map<TenantId, Set<ServiceId | undefined>>();
      for (const key of keysOf(written))
        for (const [tenant, services] of byKey.get(key) ?? [])
          found.set(tenant, new Set([...(found.get(tenant) ?? []), ...services]));
      return [...found]
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([tenant, services]) => {
          const named = [...services].filter((service) => service !== undefined);
          const [only] = named;
          return named.length === 1 && only !== undefined ? { tenant, service: only } : { tenant };
        });
    },
  };
}

/** Where its kind is not said, it is also found as a plain name. */
export function keysUnder({ identifier, kind }: GivenIdentifier): string[] {
  const kinds = kind === undefined ? [kindOf(identifier) ?? 'name', 'name' as const] : [kind];
  return [...new Set(kinds)].flatMap((each) => {
    const normal = normaliseIdentifier(each, identifier);
    return normal === undefined ? [] : [keyOf(each, normal)];
  });
}
