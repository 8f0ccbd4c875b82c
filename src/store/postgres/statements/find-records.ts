import type { Pool } from 'pg';
import type { TenantId } from '../../../platform/ids.ts';
import { readFence } from './fence.ts';
import type { FoundRecord } from './get-record.ts';

export interface RecordRange {
  readonly collection: string;
  readonly slot: number;
  readonly from: Buffer;
  readonly before: Buffer;
  readonly descending: boolean;
  readonly limit: number;
}

/** One statement a slot and direction. */
export function findRecordsText(slot: number, descending: boolean): string {
  const key = `key${slot}`;
  const direction = descending ? 'DESC' : 'ASC';
  return `${readFence}
  SELECT r.id, r.version, r.value::text AS document FROM fence CROSS JOIN LATERAL (
    SELECT id, version, value, ${key} AS key FROM switchboard.records
    WHERE tenant = fence.tenant AND collection = $2 AND ${key} >= $3 AND ${key} < $4
    ORDER BY ${key} ${direction} LIMIT $5) AS r
  ORDER BY r.key ${direction}`;
}

/** A stretch of one index, in its order. */
export async function findRecords(
  pool: Pool,
  tenant: TenantId,
  { collection, slot, from, before, descending, limit }: RecordRange,
): Promise<FoundRecord[]> {
  const { rows } = await pool.query<FoundRecord>({
    name: `find-records-${slot}-${descending ? 'down' : 'up'}`,
    text: findRecordsText(slot, descending),
    values: [tenant, collection, from, before, limit],
  });
  return rows;
}
