import type { PoolClient } from 'pg';
import type { TenantId } from '../../../platform/ids.ts';

export interface RecordName {
  readonly collection: string;
  readonly id: string;
}

export interface LockedRecord extends RecordName {
  readonly version: number;
}

/** Locks those of the records that are there, in the order given, which must be everybody's, and gives their versions. */
export async function lockRecords(
  client: PoolClient,
  tenant: TenantId,
  names: readonly RecordName[],
): Promise<LockedRecord[]> {
  const { rows } = await client.query<LockedRecord>({
    name: 'lock-records',
    text: `SELECT r.collection, r.id, r.version FROM unnest($2::text[], $3::text[]) AS n (collection, id)
      CROSS JOIN LATERAL (SELECT collection, id, version FROM switchboard.records
        WHERE tenant = $1 AND collection = n.collection AND id = n.id FOR UPDATE) AS r`,
    values: [tenant, names.map(({ collection }) => collection), names.map(({ id }) => id)],
  });
  return rows;
}
