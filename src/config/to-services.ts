import { as, type ServiceId } from '../platform/ids.ts';
import { normaliseIdentifier } from '../directory/identifier.ts';
import type { Tenant } from '../directory/tenant.ts';
import type { Config } from './schema.ts';
import { toServiceSettings } from './service-schema.ts';

type Declared = Config['tenants'][string]['services'];

/** The tenant's services, and which of them the names lead to that customers write to. */
export function toServices(declared: Declared): Required<Pick<Tenant, 'services' | 'serviceOf'>> {
  const named = Object.entries(declared).map(([id, service]) => [as<ServiceId>(id), service] as const);
  return {
    services: new Map(named.map(([id, service]) => [id, toServiceSettings(service)])),
    serviceOf: new Map(
      named.flatMap(([id, { identifiers }]) =>
        identifiers.map((identifier) => [normaliseIdentifier(identifier), id] as const),
      ),
    ),
  };
}
