import type { ClientBase } from 'pg';
import type { TenantId } from '../../../platform/ids.ts';

/** Of every tenant that ever had a record. */
export async function listTenantNames(client: ClientBase): Promise<TenantId[]> {
  const { rows } = await client.query<{ tenant: TenantId }>('SELECT tenant FROM switchboard.tenants');
  return rows.map(({ tenant }) => tenant);
}
