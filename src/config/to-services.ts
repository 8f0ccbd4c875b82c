import { as, type ServiceId } from '../platform/ids.ts';
import { keysUnder } from '../directory/identifiers/identifier-index.ts';
import type { GivenIdentifier, Tenant } from '../directory/tenant.ts';
import type { AboutParts } from './part-about.ts';
import type { Config } from './schema.ts';
import { toServiceSettings } from './service-schema.ts';

type Declared = Config['tenants'][string]['services'];

/** The tenant's services, the names that lead to them, and which of them each name that customers write to leads to. */
export function toServices(
  declared: Declared,
  given: readonly (string | GivenIdentifier)[],
  about: AboutParts,
): Required<Pick<Tenant, 'services' | 'serviceOf' | 'identifiers'>> {
  const named = Object.entries(declared).map(([id, service]) => [as<ServiceId>(id), service] as const);
  const own = named.flatMap(([service, { identifiers }]) =>
    identifiers.map((identifier) => ({ identifier, service })),
  );
  const identifiers = [...given, ...own];
  return {
    services: new Map(
      named.map(([id, service]) => {
        const { ofFile, problem } = about('services', id);
        const more = { ...(ofFile ? { ofFile } : {}), ...(problem === undefined ? {} : { problem }) };
        return [id, { ...toServiceSettings(service), ...more }];
      }),
    ),
    identifiers,
    serviceOf: new Map(
      identifiers.flatMap((each) =>
        typeof each === 'string' || each.service === undefined
          ? []
          : keysUnder(each).map((key) => [key, each.service as ServiceId] as const),
      ),
    ),
  };
}
