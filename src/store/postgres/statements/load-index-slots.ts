import type { ClientBase, Pool } from 'pg';
import { IndexSlots } from '../index-slots.ts';

interface Row {
  readonly generation: number;
  readonly collection: string | null;
  readonly fields: string[] | null;
  readonly slot: number | null;
}

/** Generation and slots of one moment. */
export async function loadIndexSlots(client: ClientBase | Pool): Promise<IndexSlots> {
  const { rows } = await client.query<Row>(
    `SELECT g.generation, s.collection, s.fields, s.slot
    FROM switchboard.index_generation g LEFT JOIN switchboard.index_slots s ON true`,
  );
  const slots = rows.flatMap(({ collection, fields, slot }) =>
    collection === null || fields === null || slot === null ? [] : [{ collection, fields, slot }],
  );
  return new IndexSlots(rows[0]?.generation ?? 0, slots);
}
