import type { PoolClient } from 'pg';
import type { TenantId } from '../../../platform/ids.ts';
import type { LockedRecord } from './record-name.ts';

/**
 * Gives how many were there at the version. By way of their places, which stay as they are while the rows are locked: joined by name, the
 * server reads all of the tenant's records where it has not counted them yet.
 */
export async function deleteRecords(
  client: PoolClient,
  tenant: TenantId,
  records: readonly LockedRecord[],
): Promise<number> {
  const { rowCount } = await client.query({
    name: 'delete-records',
    text: `DELETE FROM switchboard.records r
      USING unnest($2::text[], $3::text[], $4::integer[]) AS w (collection, id, version)
      CROSS JOIN LATERAL (SELECT ctid FROM switchboard.records
        WHERE tenant = $1 AND collection = w.collection AND id = w.id AND version = w.version FOR UPDATE) AS l
      WHERE r.tenant = $1 AND r.ctid = l.ctid`,
    values: [
      tenant,
      records.map(({ collection }) => collection),
      records.map(({ id }) => id),
      records.map(({ version }) => version),
    ],
  });
  return rowCount ?? 0;
}
