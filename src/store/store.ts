import type { TenantId } from '../platform/ids.ts';

/** What an index may hold. `undefined` and `null` fields are not indexed. */
export type IndexValue = string | number | boolean;

/**
 * A kind of record. `indexes` names each declared index with the top-level fields that it covers, in order; a query may
 * fix all of them, or all but the last and give a range or an order for the last.
 */
export interface Collection<T extends object> {
  readonly name: string;
  readonly indexes: Readonly<Record<string, readonly (keyof T & string)[]>>;
}

export function defineCollection<T extends object>(
  name: string,
  indexes: Readonly<Record<string, readonly (keyof T & string)[]>> = {},
): Collection<T> {
  return { name, indexes };
}

/** A record as the store gives it. Callers must not change `value`: it may be shared. */
export interface Stored<T> {
  readonly id: string;
  /** Starts at 1, grows by 1 with each put. */
  readonly version: number;
  readonly value: T;
}

/** The version that a write expects to find: a number, nothing there at all, or whatever there is. */
export type Expected = number | 'absent' | 'any';

export type Write =
  | {
      readonly op: 'put';
      readonly collection: Collection<never>;
      readonly id: string;
      /** JSON data. The store keeps its own copy. */
      readonly value: object;
      readonly expect: Expected;
    }
  | {
      readonly op: 'delete';
      readonly collection: Collection<never>;
      readonly id: string;
      readonly expect: Expected;
    }
  | {
      /** Writes nothing: the batch holds only if the record is as expected, and nobody changes it before the batch is committed. */
      readonly op: 'check';
      readonly collection: Collection<never>;
      readonly id: string;
      readonly expect: Exclude<Expected, 'any'>;
    };

export function put<T extends object>(
  collection: Collection<T>,
  id: string,
  value: T,
  expect: Expected,
): Write {
  return { op: 'put', collection: collection as unknown as Collection<never>, id, value, expect };
}

export function remove<T extends object>(collection: Collection<T>, id: string, expect: Expected): Write {
  return { op: 'delete', collection: collection as unknown as Collection<never>, id, expect };
}

export function check<T extends object>(
  collection: Collection<T>,
  id: string,
  expect: Exclude<Expected, 'any'>,
): Write {
  return { op: 'check', collection: collection as unknown as Collection<never>, id, expect };
}

export interface Query {
  readonly index: string;
  /** Values for the index's fields from the first on; all of them, or all but the last. */
  readonly equals: readonly IndexValue[];
  /** Inclusive bounds for the last field, only where `equals` leaves it open. */
  readonly from?: IndexValue;
  readonly to?: IndexValue;
  /** Results come ordered by the open last field, then by id; `descending` turns both round. */
  readonly descending?: boolean;
  /** Goes on after this result of an earlier page. */
  readonly after?: Stored<object>;
  /** Default 100, at most 1000. */
  readonly limit?: number;
}

/**
 * Where everything durable lives. Every call names the tenant: without a tenant there is no call, and no call can reach
 * another tenant's records. Records of the installation itself (the directory of identifiers) belong to {@link systemTenant}.
 */
export interface Store {
  get<T extends object>(
    tenant: TenantId,
    collection: Collection<T>,
    id: string,
  ): Promise<Stored<T> | undefined>;
  find<T extends object>(tenant: TenantId, collection: Collection<T>, query: Query): Promise<Stored<T>[]>;
  /**
   * All of the writes or none; durable when it resolves. Concurrent commits see each other whole or not at all.
   * @throws {Conflict} when a record is not at its expected version; nothing is written then.
   * @throws {StoreUnavailable} when it is not known to be durable: disk full, closed, connection lost.
   */
  commit(tenant: TenantId, writes: readonly Write[]): Promise<void>;
  /** Tenants that have at least one record, {@link systemTenant} included. */
  tenants(): Promise<TenantId[]>;
  /** Waits for commits under way, then releases files and connections. */
  close(): Promise<void>;
}

/** Owner of the installation's own records. Not a valid tenant name for an operator, so it cannot clash. */
export const systemTenant = '@system' as TenantId;

export class Conflict extends Error {
  override readonly name = 'Conflict';
  readonly collection: string;
  readonly id: string;
  readonly expected: Expected;
  readonly found: number | 'absent';
  constructor(collection: string, id: string, expected: Expected, found: number | 'absent') {
    super(`${collection}/${id}: expected version ${expected}, found ${found}`);
    this.collection = collection;
    this.id = id;
    this.expected = expected;
    this.found = found;
  }
}

export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}
