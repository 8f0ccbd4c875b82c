import type { Pool } from 'pg';
import type { TenantId } from '../../../platform/ids.ts';
import { readFence } from './fence.ts';
import type { RecordRange } from './find-records.ts';
import type { FoundRecord } from './get-record.ts';

/** One statement a slot and direction. */
export function findManyRecordsText(slot: number, descending: boolean): string {
  const key = `key${slot}`;
  const direction = descending ? 'DESC' : 'ASC';
  return `${readFence}
  SELECT n.at::integer AS at, r.id, r.version, r.value::text AS document FROM fence
  CROSS JOIN unnest($2::text[], $3::bytea[], $4::bytea[], $5::integer[])
    WITH ORDINALITY AS n (collection, first, before, most, at)
  CROSS JOIN LATERAL (
    SELECT id, version, value, ${key} AS key FROM switchboard.records
    WHERE tenant = fence.tenant AND collection = n.collection AND ${key} >= n.first AND ${key} < n.before
    ORDER BY ${key} ${direction} LIMIT n.most) AS r
  ORDER BY n.at, r.key ${direction}`;
}

/** Stretches of indexes that have the same slot, all in the same direction: what each holds, in its order. */
export async function findManyRecords(
  pool: Pool,
  tenant: TenantId,
  ranges: readonly RecordRange[],
): Promise<FoundRecord[][]> {
  const { slot = 1, descending = false } = ranges[0] ?? {};
  const { rows } = await pool.query<FoundRecord & { readonly at: number }>({
    name: `find-many-records-${slot}-${descending ? 'down' : 'up'}`,
    text: findManyRecordsText(slot, descending),
    values: [
      tenant,
      ranges.map(({ collection }) => collection),
      ranges.map(({ from }) => from),
      ranges.map(({ before }) => before),
      ranges.map(({ limit }) => limit),
    ],
  });
  const found = ranges.map((): FoundRecord[] => []);
  for (const row of rows) found[row.at - 1]?.push(row);
  return found;
}
