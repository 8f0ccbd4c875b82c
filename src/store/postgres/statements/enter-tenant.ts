import type { PoolClient } from 'pg';
import type { TenantId } from '../../../platform/ids.ts';

/** Goes behind the fence of another tenant within a transaction. */
export async function enterTenant(client: PoolClient, tenant: TenantId): Promise<void> {
  await client.query(`SELECT set_config('switchboard.tenant', $1, true)`, [tenant]);
}
