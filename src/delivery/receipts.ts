import type { DeliveryId, LegKey, TenantId } from '../platform/ids.ts';
import { put, type Store, type Stored, type Write } from '../store/store.ts';
import { deliveries, nativeRecordId, nativeRecords, type NativeRecord } from './collections.ts';
import type { DeliveryRecord, DeliveryStatus, ReceiptStatus, ReceiptTimes } from './delivery.ts';
import { linkMessage } from './message-links.ts';

/** How far a delivery got by what it can no longer fall behind; the end of several receipts is the same in whatever order they come. */
const rank: Readonly<Record<DeliveryStatus, number>> = {
  pending: 0,
  sending: 1,
  sent: 2,
  unclear: 3,
  failed: 4,
  delivered: 5,
  read: 6,
};

/** Never backwards. That the customer has it (delivered, read) overrules that we thought it failed or could not tell. */
export function advanceStatus<Status extends DeliveryStatus>(current: Status, incoming: Status): Status {
  return rank[incoming] > rank[current] ? incoming : current;
}

export interface Receipt {
  readonly leg: LegKey;
  readonly nativeId: string;
  /** Our own reference, where the network gave it back. */
  readonly delivery?: DeliveryId;
  readonly status: ReceiptStatus;
  /** With `read` or `delivered`: earlier deliveries of the leg too. */
  readonly andEarlier?: boolean;
  readonly reason?: string;
  /** When we heard of it. */
  readonly at: number;
}

export interface ReceiptEffect {
  /** For the decision that handles the receipt. They carry versions: a receipt that races is decided again. */
  readonly writes: readonly Write[];
  /** Deliveries whose status this moves, as they will be, in the order in which they went out. */
  readonly moved: readonly DeliveryRecord[];
  /** The delivery whose end was unclear, if this receipt tells that it went out. */
  readonly cleared?: DeliveryRecord;
}

/** How many earlier deliveries one receipt may move. */
const earlierLimit = 1000;

/** The delivery that a network's id names, if its success is committed. */
export async function findDeliveryByNative(
  store: Store,
  tenant: TenantId,
  leg: LegKey,
  nativeId: string,
): Promise<Stored<DeliveryRecord> | undefined> {
  const native = await store.get(tenant, nativeRecords, nativeRecordId(leg, nativeId));
  const id = native?.value.delivery;
  return id === undefined ? undefined : store.get(tenant, deliveries, id);
}

/** What a receipt changes. One that overtook its delivery's own success is kept, and applied with that success. */
export async function receiptEffect(
  store: Store,
  tenant: TenantId,
  receipt: Receipt,
): Promise<ReceiptEffect> {
  const nativeKey = nativeRecordId(receipt.leg, receipt.nativeId);
  const native = await store.get(tenant, nativeRecords, nativeKey);
  const id = native?.value.delivery;
  if (id === undefined) {
    const cleared = await clearUp(store, tenant, receipt, native);
    if (cleared !== undefined) return cleared;
    const early = advanceStatus<ReceiptStatus>(native?.value.early ?? 'sent', receipt.status);
    const reason = receipt.reason ?? native?.value.reason;
    const record = {
      early,
      earlyAt: native?.value.earlyAt ?? receipt.at,
      receipts: withReceipt(native?.value.receipts, receipt),
      ...(reason === undefined ? {} : { reason }),
    };
    return { writes: [put(nativeRecords, nativeKey, record, native?.version ?? 'absent')], moved: [] };
  }
  const target = await store.get(tenant, deliveries, id);
  if (target === undefined) return { writes: [], moved: [] };
  const earlier =
    receipt.andEarlier === true ? await earlierThan(store, tenant, target.value, receipt.status) : [];
  const writes: Write[] = [];
  const moved: DeliveryRecord[] = [];
  for (const delivery of [...earlier, target]) {
    const after = applyReceipt(delivery.value, receipt);
    if (after === delivery.value) continue;
    writes.push(put(deliveries, after.id, after, delivery.version));
    if (after.status !== delivery.value.status) moved.push(after);
  }
  return { writes, moved };
}

/** A receipt for a delivery that ended without anybody knowing whether it went out: it did, and this is its native id. */
async function clearUp(
  store: Store,
  tenant: TenantId,
  { leg, nativeId, delivery, status, reason, at }: Receipt,
  native: Stored<NativeRecord> | undefined,
): Promise<ReceiptEffect | undefined> {
  const stored = delivery === undefined ? undefined : await store.get(tenant, deliveries, delivery);
  const record = stored?.value;
  if (stored === undefined || record?.key !== leg || record.status !== 'unclear' || record.queued)
    return undefined;
  const { failure: _, trouble: _was, ...rest } = record;
  const heard = native?.value;
  const sent: DeliveryRecord = {
    ...rest,
    status: 'sent',
    nativeId,
    ...(heard?.receipts === undefined ? {} : { receipts: heard.receipts }),
  };
  const why = reason ?? heard?.reason;
  const known =
    heard?.early === undefined ? sent : applyReceipt(sent, { status: heard.early, at: heard.earlyAt ?? at });
  const after = applyReceipt(known, { status, at, ...(why === undefined ? {} : { reason: why }) });
  const link = record.messageId === undefined ? [] : [linkMessage(leg, nativeId, record.messageId, at)];
  const claim = put(
    nativeRecords,
    nativeRecordId(leg, nativeId),
    { delivery: record.id },
    native?.version ?? 'absent',
  );
  return {
    writes: [put(deliveries, record.id, after, stored.version), claim, ...link],
    moved: [after],
    cleared: after,
  };
}

/** The record as it is after a receipt, which is noted even where it comes too late to move the status; the same object where it is no news. */
export function applyReceipt<Operation>(
  delivery: DeliveryRecord<Operation>,
  receipt: Pick<Receipt, 'status' | 'reason' | 'at'>,
): DeliveryRecord<Operation> {
  const status = advanceStatus<DeliveryStatus>(delivery.status, receipt.status);
  const receipts = withReceipt(delivery.receipts, receipt);
  if (status === delivery.status)
    return receipts === delivery.receipts ? delivery : { ...delivery, receipts };
  const { failure, trouble: _, ...rest } = delivery;
  if (status !== 'failed' && status !== 'unclear') return { ...rest, status, receipts };
  const reason = receipt.reason ?? failure?.reason ?? 'the network gave no reason';
  const told = { kind: 'permanent', reason, certain: status === 'failed' };
  return { ...rest, status, receipts, trouble: status, failure: told };
}

function withReceipt(
  known: ReceiptTimes | undefined,
  { status, at }: Pick<Receipt, 'status' | 'at'>,
): ReceiptTimes {
  return known?.[status] === undefined ? { ...known, [status]: at } : known;
}

async function earlierThan(
  store: Store,
  tenant: TenantId,
  target: DeliveryRecord,
  incoming: ReceiptStatus,
): Promise<Stored<DeliveryRecord>[]> {
  const behind: DeliveryStatus[] =
    incoming === 'read' ? ['sent', 'delivered'] : incoming === 'delivered' ? ['sent'] : [];
  const found = await Promise.all(
    behind.map(async (status) =>
      store.find(tenant, deliveries, {
        index: 'byStatus',
        equals: [target.key, status],
        to: target.sequence - 1,
        descending: true,
        limit: earlierLimit,
      }),
    ),
  );
  return found.flat().sort((a, b) => a.value.sequence - b.value.sequence);
}
