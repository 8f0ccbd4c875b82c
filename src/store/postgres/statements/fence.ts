import pg from 'pg';
import type { TenantId } from '../../../platform/ids.ts';

/**
 * What a transaction begins with, in the round trip of its BEGIN, so the name is quoted rather than a parameter: the tenant whose records it
 * may see, and plans by index only. Left to itself the server plans for the table as it last counted it, empty at first, and
 * keeps to reading all of it while it grows.
 */
export function fence(tenant: TenantId): string {
  return `SELECT set_config('switchboard.tenant', ${pg.escapeLiteral(tenant)}, true), ${indexPlans}`;
}

const indexPlans = [
  ...['enable_seqscan', 'enable_bitmapscan', 'enable_hashjoin', 'enable_mergejoin', 'enable_material'],
  'jit',
]
  .map((setting) => `set_config('${setting}', 'off', true)`)
  .join(', ');
