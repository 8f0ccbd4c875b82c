import type { PoolClient } from 'pg';
import type { TenantId } from '../../../platform/ids.ts';
import type { FoundRecord } from './get-record.ts';

export interface RecordRange {
  readonly slot: number;
  readonly from: Buffer;
  readonly before: Buffer;
  readonly descending: boolean;
  readonly limit: number;
}

/** A stretch of one index, in its order. One prepared statement a slot and direction. */
export async function findRecords(
  client: PoolClient,
  tenant: TenantId,
  collection: string,
  { slot, from, before, descending, limit }: RecordRange,
): Promise<FoundRecord[]> {
  const key = `key${slot}`;
  const { rows } = await client.query<FoundRecord>({
    name: `find-records-${slot}-${descending ? 'down' : 'up'}`,
    text: `SELECT id, version, value::text AS document FROM switchboard.records
      WHERE tenant = $1 AND collection = $2 AND ${key} >= $3 AND ${key} < $4
      ORDER BY ${key} ${descending ? 'DESC' : 'ASC'} LIMIT $5`,
    values: [tenant, collection, from, before, limit],
  });
  return rows;
}
