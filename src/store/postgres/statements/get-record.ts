import type { PoolClient } from 'pg';
import type { TenantId } from '../../../platform/ids.ts';

/** A record as it is read. */
export interface FoundRecord {
  readonly id: string;
  readonly version: number;
  readonly document: string;
}

export async function getRecord(
  client: PoolClient,
  tenant: TenantId,
  collection: string,
  id: string,
): Promise<FoundRecord | undefined> {
  const { rows } = await client.query<FoundRecord>({
    name: 'get-record',
    text: `SELECT id, version, value::text AS document FROM switchboard.records
      WHERE tenant = $1 AND collection = $2 AND id = $3`,
    values: [tenant, collection, id],
  });
  return rows[0];
}
