import type { Query } from './store.ts';
import { keyInIndex, type CollectionShape } from './collections.ts';
import { endOfPrefix, endOfValues, encodeValues, isIndexValue } from './index-key.ts';

/** The stretch of an index that answers a query: from `from` on, before `before`. */
export interface KeyRange {
  readonly from: string;
  readonly before: string;
  readonly descending: boolean;
  readonly limit: number;
}

const defaultLimit = 100;
const greatestLimit = 1000;

function checked(shape: CollectionShape, query: Query): readonly string[] {
  const where = `${shape.name}: query on index ${query.index}`;
  const fields = shape.indexes[query.index];
  if (fields === undefined) throw new Error(`${where}: there is no such index`);
  const open = fields.length - query.equals.length;
  if (open !== 0 && open !== 1) {
    throw new Error(
      `${where}: give ${fields.length} values or ${fields.length - 1}, found ${query.equals.length}`,
    );
  }
  if (open === 0 && (query.from !== undefined || query.to !== undefined)) {
    throw new Error(`${where}: a range needs the last field open`);
  }
  for (const value of [...query.equals, query.from, query.to]) {
    if (value !== undefined && !isIndexValue(value)) throw new TypeError(`${where}: not an index value`);
  }
  if (query.equals.includes(undefined as never))
    throw new TypeError(`${where}: an equals value is undefined`);
  const limit = query.limit ?? defaultLimit;
  if (!Number.isInteger(limit) || limit < 1 || limit > greatestLimit) {
    throw new RangeError(`${where}: limit must be 1 to ${greatestLimit}, found ${limit}`);
  }
  return fields;
}

/** @throws {Error} when the query does not fit the index. */
export function keyRange(shape: CollectionShape, query: Query): KeyRange {
  const fields = checked(shape, query);
  const { equals } = query;
  const exact = equals.length === fields.length;
  let from = encodeValues(query.from === undefined ? equals : [...equals, query.from]);
  let before = exact
    ? endOfValues(equals)
    : query.to === undefined
      ? endOfPrefix(equals)
      : endOfValues([...equals, query.to]);
  const descending = query.descending ?? false;
  if (query.after !== undefined) {
    const key = keyInIndex(shape, query.index, query.after.id, query.after.value);
    if (key === undefined) {
      throw new Error(
        `${shape.name}: query on index ${query.index}: \`after\` (${query.after.id}) is not in this index`,
      );
    }
    if (descending) before = key < before ? key : before;
    // The smallest string above the key.
    else from = `${key}\0` > from ? `${key}\0` : from;
  }
  return { from, before, descending, limit: query.limit ?? defaultLimit };
}
