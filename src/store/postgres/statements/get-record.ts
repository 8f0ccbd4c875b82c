import type { Pool } from 'pg';
import type { TenantId } from '../../../platform/ids.ts';
import { readFence } from './fence.ts';

/** A record as it is read. */
export interface FoundRecord {
  readonly id: string;
  readonly version: number;
  readonly document: string;
}

export const getRecordText = `${readFence}
  SELECT r.id, r.version, r.value::text AS document FROM fence CROSS JOIN LATERAL (
    SELECT id, version, value FROM switchboard.records
    WHERE tenant = fence.tenant AND collection = $2 AND id = $3 LIMIT 1) AS r`;

export async function getRecord(
  pool: Pool,
  tenant: TenantId,
  collection: string,
  id: string,
): Promise<FoundRecord | undefined> {
  const { rows } = await pool.query<FoundRecord>({
    name: 'get-record',
    text: getRecordText,
    values: [tenant, collection, id],
  });
  return rows[0];
}
