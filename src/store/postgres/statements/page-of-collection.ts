import type { PoolClient } from 'pg';
import type { TenantId } from '../../../platform/ids.ts';

export interface PagedRecord {
  readonly id: string;
  readonly document: string;
}

/** The next records of a collection, by id. */
export async function pageOfCollection(
  client: PoolClient,
  tenant: TenantId,
  collection: string,
  afterId: string,
): Promise<PagedRecord[]> {
  const { rows } = await client.query<PagedRecord>(
    `SELECT id, value::text AS document FROM switchboard.records
    WHERE tenant = $1 AND collection = $2 AND id > $3 ORDER BY id LIMIT 1000`,
    [tenant, collection, afterId],
  );
  return rows;
}
