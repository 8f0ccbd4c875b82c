import type { PoolClient } from 'pg';
import type { IndexSlot } from '../index-slots.ts';

export async function addIndexSlot(
  client: PoolClient,
  { collection, fields, slot }: IndexSlot,
): Promise<void> {
  await client.query(
    `WITH added AS (INSERT INTO switchboard.index_slots (collection, fields, slot) VALUES ($1, $2, $3))
    UPDATE switchboard.index_generation SET generation = generation + 1`,
    [collection, fields, slot],
  );
}
