import type { PoolClient } from 'pg';
import type { TenantId } from '../../../platform/ids.ts';
import { fence } from './fence.ts';

/** Opens a transaction behind the fence of one tenant. */
export async function beginForTenant(client: PoolClient, tenant: TenantId): Promise<void> {
  await client.query(`BEGIN; ${fence(tenant)}`);
}
