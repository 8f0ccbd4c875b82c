import pg from 'pg';
import type { TenantId } from '../../../platform/ids.ts';

/**
 * What a transaction begins with, in the round trip of its BEGIN, so the name is quoted rather than a parameter: the tenant whose records it
 * may see.
 */
export function fence(tenant: TenantId): string {
  return `SELECT set_config('switchboard.tenant', ${pg.escapeLiteral(tenant)}, true)`;
}

/**
 * The same for a statement that is a transaction by itself, in one round trip; the tenant is $1. What reads records must be a LATERAL subquery
 * with a LIMIT that goes by `fence.tenant`: so it is read after the fence is up. Read before, the policy would show nothing at all.
 */
export const readFence = `WITH fence AS MATERIALIZED (SELECT set_config('switchboard.tenant', $1, true) AS tenant)`;
