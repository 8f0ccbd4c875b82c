import type { PoolClient } from 'pg';
import type { TenantId } from '../../../platform/ids.ts';
import { columnsOf, keyColumns, keyParameters, type RecordRow } from './write-columns.ts';

/** Gives how many went in: fewer than asked for when another commit was first. Rows in order of collection and id, as all commits lock. */
export async function insertRecords(
  client: PoolClient,
  tenant: TenantId,
  rows: readonly RecordRow[],
): Promise<number> {
  const { rowCount } = await client.query({
    name: 'insert-records',
    text: `INSERT INTO switchboard.records (tenant, collection, id, version, value, ${keyColumns})
      SELECT $1, collection, id, version, value::jsonb, ${keyColumns}
      FROM unnest($2::text[], $3::text[], $4::integer[], $5::text[], ${keyParameters})
        AS w (collection, id, version, value, ${keyColumns})
      ON CONFLICT DO NOTHING`,
    values: [tenant, ...columnsOf(rows)],
  });
  return rowCount ?? 0;
}
