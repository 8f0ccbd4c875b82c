import type { TenantId } from '../platform/ids.ts';

/** One record as a batch leaves it. */
export interface RecordChange {
  readonly collection: string;
  readonly id: string;
  /** 0: deleted. */
  readonly version: number;
  readonly json: string;
  /** Its place in each declared index; not known when it comes from a file, where no index is built yet. */
  readonly keys?: ReadonlyMap<string, string>;
}

export interface TenantChanges {
  readonly tenant: TenantId;
  readonly changes: readonly RecordChange[];
}
