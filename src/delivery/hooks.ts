import type { InboxEntryId, LegKey, TenantId } from '../platform/ids.ts';
import type { DeliveryFailure, DeliveryStatus } from './delivery.ts';

/** What metrics count. Called after the fact is durable; must not throw. */
export interface DeliveryHooks {
  accepted?(tenant: TenantId, fresh: number, duplicates: number): void;
  /** `waitedMs` from acceptance to the end of its commit. */
  decided?(tenant: TenantId, waitedMs: number): void;
  /** A decision met a newer version of something and was taken again. */
  conflict?(tenant: TenantId): void;
  quarantined?(tenant: TenantId, entry: InboxEntryId): void;
  /** An attempt that failed, whether or not there will be another. */
  attemptFailed?(tenant: TenantId, key: LegKey, kind: DeliveryFailure['kind']): void;
  /** `tookMs` from the delivery's making to its end. */
  finished?(tenant: TenantId, key: LegKey, status: DeliveryStatus, tookMs: number): void;
}
