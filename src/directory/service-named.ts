import type { ServiceId } from '../platform/ids.ts';
import { keysOf } from './identifiers/identifier.ts';
import type { Tenant } from './tenant.ts';

/** The service that a name leads to, in whichever way it is written. Undefined: to none but the tenant itself. */
export function serviceNamed({ serviceOf }: Tenant, written: string | undefined): ServiceId | undefined {
  if (serviceOf === undefined || serviceOf.size === 0 || written === undefined) return undefined;
  return keysOf(written)
    .map((key) => serviceOf.get(key))
    .find((service) => service !== undefined);
}
