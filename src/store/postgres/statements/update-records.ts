import type { PoolClient } from 'pg';
import type { TenantId } from '../../../platform/ids.ts';
import { columnsOf, keyColumns, keyParameters, type RecordRow } from './write-columns.ts';

const assignments = keyColumns
  .split(', ')
  .map((column) => `${column} = w.${column}`)
  .join(', ');

/**
 * `found`: the version that each row must still have. Gives how many were. By way of their places, which stay as they are
 * while the rows are locked: joined by name, the server reads all of the tenant's records where it has not counted them yet.
 */
export async function updateRecords(
  client: PoolClient,
  tenant: TenantId,
  rows: readonly (RecordRow & { readonly found: number })[],
): Promise<number> {
  const { rowCount } = await client.query({
    name: 'update-records',
    text: `UPDATE switchboard.records r SET version = w.version, value = w.value::jsonb, ${assignments}
      FROM unnest($2::text[], $3::text[], $4::integer[], $5::text[], ${keyParameters}, $14::integer[])
        AS w (collection, id, version, value, ${keyColumns}, found)
      CROSS JOIN LATERAL (SELECT ctid FROM switchboard.records
        WHERE tenant = $1 AND collection = w.collection AND id = w.id AND version = w.found FOR UPDATE) AS l
      WHERE r.tenant = $1 AND r.ctid = l.ctid`,
    values: [tenant, ...columnsOf(rows), rows.map(({ found }) => found)],
  });
  return rowCount ?? 0;
}
