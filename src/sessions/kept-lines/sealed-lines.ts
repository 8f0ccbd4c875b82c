import { keptLines, placeOf, type KeptLine } from '../../directory/kept-line.ts';
import { as } from '../../platform/ids.ts';
import type { SealedKind } from '../../secrets/sealed-records.ts';
import { listKeptLines } from './kept-line-records.ts';

/** The parameters of lines. */
export const sealedLines: SealedKind<KeptLine> = {
  collection: keptLines,
  placeOf: (tenant, id, which) => placeOf(tenant, as(id), which),
  list: async (store, tenant) => (await listKeptLines(store, tenant)).values(),
};
