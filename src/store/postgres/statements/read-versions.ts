import type { Pool } from 'pg';
import type { TenantId } from '../../../platform/ids.ts';
import { readFence } from './fence.ts';
import type { LockedRecord, RecordName } from './record-name.ts';

/** Of those that are there. */
export async function readVersions(
  pool: Pool,
  tenant: TenantId,
  names: readonly RecordName[],
): Promise<LockedRecord[]> {
  const { rows } = await pool.query<LockedRecord>({
    name: 'read-versions',
    text: `${readFence}
      SELECT r.collection, r.id, r.version FROM fence
      CROSS JOIN unnest($2::text[], $3::text[]) AS n (collection, id)
      CROSS JOIN LATERAL (
        SELECT collection, id, version FROM switchboard.records
        WHERE tenant = fence.tenant AND collection = n.collection AND id = n.id LIMIT 1) AS r`,
    values: [tenant, names.map(({ collection }) => collection), names.map(({ id }) => id)],
  });
  return rows;
}
