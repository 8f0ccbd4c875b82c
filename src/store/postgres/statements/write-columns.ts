import { slotCount } from '../index-slots.ts';

/** A record as it shall stand, with its key in each slot. */
export interface RecordRow {
  readonly collection: string;
  readonly id: string;
  readonly version: number;
  readonly document: string;
  readonly keys: readonly (Buffer | null)[];
}

const slots = Array.from({ length: slotCount }, (_, at) => at + 1);

export const keyColumns = slots.map((slot) => `key${slot}`).join(', ');
export const keyParameters = slots.map((slot) => `$${slot + 5}::bytea[]`).join(', ');

/** Parameters $2 to $13: a column each. */
export function columnsOf(rows: readonly RecordRow[]): unknown[] {
  return [rows.map(({ collection }) => collection), rows.map(({ id }) => id), ...valueColumnsOf(rows)];
}

/** The same without the names. */
export function valueColumnsOf(rows: readonly Omit<RecordRow, 'collection' | 'id'>[]): unknown[] {
  return [
    rows.map(({ version }) => version),
    rows.map(({ document }) => document),
    ...slots.map((slot) => rows.map(({ keys }) => keys[slot - 1] ?? null)),
  ];
}
