import type { Pool } from 'pg';
import type { TenantId } from '../../../platform/ids.ts';

export async function listTenants(pool: Pool): Promise<TenantId[]> {
  const { rows } = await pool.query<{ tenant: TenantId }>({
    name: 'list-tenants',
    text: 'SELECT tenant FROM switchboard.tenants_with_records() AS t (tenant)',
  });
  return rows.map(({ tenant }) => tenant);
}
