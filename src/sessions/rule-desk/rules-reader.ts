import type { RoutingRule } from '../../directory/routing-rules.ts';
import type { Tenant } from '../../directory/tenant.ts';

/** What rules must be: the same as for those of the config file. */
export interface RulesReader {
  /** What somebody gave, whatever it is, and what it means to the tenant as it is now. @throws {InputRefused} with paths such as `2.when`, of the third rule */
  read(
    input: unknown,
    tenant: Tenant,
  ): { readonly given: readonly object[]; readonly rules: readonly RoutingRule[] };
}
