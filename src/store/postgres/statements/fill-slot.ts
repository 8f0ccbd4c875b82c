import type { PoolClient } from 'pg';
import type { TenantId } from '../../../platform/ids.ts';

/**
 * Gives records that are there their key in a new index; `keys` are in the order of their ids, one page of the collection. The range keeps the server from reading
 * the whole collection for each page, as it does while it has not counted it.
 */
export async function fillSlot(
  client: PoolClient,
  tenant: TenantId,
  collection: string,
  slot: number,
  keys: readonly { readonly id: string; readonly key: Buffer }[],
): Promise<void> {
  await client.query(
    `UPDATE switchboard.records r SET key${slot} = w.key FROM unnest($3::text[], $4::bytea[]) AS w (id, key)
    WHERE r.tenant = $1 AND r.collection = $2 AND r.id = w.id AND r.id BETWEEN $5 AND $6`,
    [
      tenant,
      collection,
      keys.map(({ id }) => id),
      keys.map(({ key }) => key),
      keys[0]?.id ?? '',
      keys.at(-1)?.id ?? '',
    ],
  );
}
