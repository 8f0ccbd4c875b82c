import type { PoolClient } from 'pg';
import type { TenantId } from '../../../platform/ids.ts';

export async function addTenant(client: PoolClient, tenant: TenantId): Promise<void> {
  await client.query('INSERT INTO switchboard.tenants (tenant) VALUES ($1) ON CONFLICT DO NOTHING', [tenant]);
}
