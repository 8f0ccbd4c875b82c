import { AsyncLocalStorage } from 'node:async_hooks';
import type { TenantId } from './ids.ts';

const tenants = new AsyncLocalStorage<TenantId>();

/** Does some work for a tenant: whatever it asks of shared resources, at any depth, counts as this tenant's. */
export function actingFor<Result>(tenant: TenantId, work: () => Result): Result {
  return tenants.run(tenant, work);
}

/** For whom the present work is done; undefined for what is nobody's in particular. */
export function actedFor(): TenantId | undefined {
  return tenants.getStore();
}
