import type { PoolClient } from 'pg';
import type { TenantId } from '../../../platform/ids.ts';
import type { LockedRecord } from './lock-records.ts';

/** Gives how many were there at the version. */
export async function deleteRecords(
  client: PoolClient,
  tenant: TenantId,
  records: readonly LockedRecord[],
): Promise<number> {
  const { rowCount } = await client.query({
    name: 'delete-records',
    text: `DELETE FROM switchboard.records r
      USING unnest($2::text[], $3::text[], $4::integer[]) AS w (collection, id, version)
      WHERE r.tenant = $1 AND r.collection = w.collection AND r.id = w.id AND r.version = w.version`,
    values: [
      tenant,
      records.map(({ collection }) => collection),
      records.map(({ id }) => id),
      records.map(({ version }) => version),
    ],
  });
  return rowCount ?? 0;
}
