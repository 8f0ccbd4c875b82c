import type { Stored } from '../store/store.ts';

/** Which page of a list is wanted: the first, or what comes after the last record of an earlier one. */
export interface PageWanted<T extends object> {
  readonly limit: number;
  /** Of its value, only the fields of the list's index count. */
  readonly after?: Stored<T>;
}

/** A page may hold less than was asked for; only without `next` it is the last one. */
export interface Page<T extends object> {
  readonly found: readonly Stored<T>[];
  /** What the next page comes after. */
  readonly next?: Stored<T>;
}

/** A full page may be followed by another. */
export function pageOf<T extends object>(found: readonly Stored<T>[], limit: number): Page<T> {
  const last = found.at(-1);
  return found.length < limit || last === undefined ? { found } : { found, next: last };
}
