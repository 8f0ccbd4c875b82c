import pg, { type PoolClient } from 'pg';
import type { TenantId } from '../../../platform/ids.ts';

/** Opens a transaction behind the fence of one tenant. One round trip, so the name is quoted rather than a parameter. */
export async function beginForTenant(client: PoolClient, tenant: TenantId): Promise<void> {
  await client.query(`BEGIN; SELECT set_config('switchboard.tenant', ${pg.escapeLiteral(tenant)}, true)`);
}
