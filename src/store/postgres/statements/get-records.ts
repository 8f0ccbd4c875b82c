import type { Pool } from 'pg';
import type { TenantId } from '../../../platform/ids.ts';
import { readFence } from './fence.ts';
import type { FoundRecord } from './get-record.ts';
import type { RecordName } from './record-name.ts';

export const getRecordsText = `${readFence}
  SELECT n.at::integer AS at, r.id, r.version, r.value::text AS document FROM fence
  CROSS JOIN unnest($2::text[], $3::text[]) WITH ORDINALITY AS n (collection, id, at)
  CROSS JOIN LATERAL (
    SELECT id, version, value FROM switchboard.records
    WHERE tenant = fence.tenant AND collection = n.collection AND id = n.id LIMIT 1) AS r`;

/** In the order of the names. */
export async function getRecords(
  pool: Pool,
  tenant: TenantId,
  names: readonly RecordName[],
): Promise<(FoundRecord | undefined)[]> {
  const { rows } = await pool.query<FoundRecord & { readonly at: number }>({
    name: 'get-records',
    text: getRecordsText,
    values: [tenant, names.map(({ collection }) => collection), names.map(({ id }) => id)],
  });
  const found = new Map(rows.map((row) => [row.at, row]));
  return names.map((_, at) => found.get(at + 1));
}
