import type { TenantId } from '../platform/ids.ts';
import { compareBytes } from './byte-order.ts';

/** A record as it lies in a store, of whatever tenant: for moving and comparing whole stores, nothing else. */
export interface WalkedRecord {
  readonly tenant: TenantId;
  readonly collection: string;
  readonly id: string;
  readonly version: number;
  readonly json: string;
}

/** Every record of a store, in the order of {@link inWalkOrder}. */
export type RecordWalk = AsyncIterable<WalkedRecord>;

type Place = Pick<WalkedRecord, 'tenant' | 'collection' | 'id'>;

export function inWalkOrder(a: Place, b: Place): number {
  return (
    compareBytes(a.tenant, b.tenant) || compareBytes(a.collection, b.collection) || compareBytes(a.id, b.id)
  );
}
