import type { ClientBase } from 'pg';
import type { TenantId } from '../../../platform/ids.ts';

export interface TenantRow {
  readonly collection: string;
  readonly id: string;
  readonly version: number;
  readonly document: string;
}

/** The next records of a tenant, by collection and id. */
export async function pageOfTenant(
  client: ClientBase,
  tenant: TenantId,
  after: { readonly collection: string; readonly id: string },
): Promise<TenantRow[]> {
  const { rows } = await client.query<TenantRow>({
    name: 'page-of-tenant',
    text: `SELECT collection, id, version, value::text AS document FROM switchboard.records
      WHERE tenant = $1 AND (collection, id) > ($2, $3) ORDER BY collection, id LIMIT 500`,
    values: [tenant, after.collection, after.id],
  });
  return rows;
}
