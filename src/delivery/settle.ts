import type { Clock } from '../platform/clock.ts';
import type { ConversationId, TenantId } from '../platform/ids.ts';
import type { Logger } from '../platform/log.ts';
import { Conflict, put, StoreUnavailable, type Store, type Stored, type Write } from '../store/store.ts';
import { deliveries, inboxEntries, nativeRecordId, nativeRecords, type NativeRecord } from './collections.ts';
import type { DeliveryRecord, InboxEntry, NewEntry } from './delivery.ts';
import { isTold } from './delivery-end.ts';
import type { DeliveryHooks } from './hooks.ts';
import { applyReceipt } from './receipts.ts';
import { entryRow } from './rows.ts';
import { isLost, type Claim } from './ownership.ts';
import type { Sequence } from './sequence.ts';

/**
 * Commits a delivery's end: the record, what its native id stands for, the transport's own writes, and the event that tells the
 * conversation. Tries until it is stored, because the message is out and must not go out again, or until the claim is lost.
 */
export type Settle<Operation> = (
  tenant: TenantId,
  held: Stored<DeliveryRecord<Operation>>,
  end: DeliveryRecord<Operation>,
  claim: Claim,
  writes?: readonly Write[],
) => Promise<void>;

const restMs = 500;

export function createSettle<Event, Operation>(options: {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly hooks: DeliveryHooks;
  readonly sequence: Promise<Sequence>;
  /** What a conversation is told of an end. */
  readonly resultEvent: (delivery: DeliveryRecord<Operation>) => NewEntry<Event>;
  /** These are stored now, under the claim. */
  readonly announce: (tenant: TenantId, rows: readonly InboxEntry<Event>[], claim: Claim) => void;
  readonly touch: (tenant: TenantId, key: ConversationId) => void;
  /** True once the engine has been stopped: then nobody waits for a store that is away. */
  readonly stopped: () => boolean;
}): Settle<Operation> {
  const { store, clock, logger, hooks } = options;

  return async (tenant, held, firstEnd, claim, writes = []) => {
    const sequence = await options.sequence;
    let end = firstEnd;
    let version = held.version;
    let extra = writes;
    let told = !isTold(end);
    let native = await nativeWrites(tenant, end, false);
    for (;;) {
      const result = told ? [] : [entryRow(options.resultEvent(end), await sequence.next(), clock.now())];
      try {
        await store.commit(tenant, [
          ...claim.fence,
          put(deliveries, end.id, end, version),
          ...native.writes,
          ...extra,
          ...result.map((row) => put(inboxEntries, row.id, row, 'absent')),
        ]);
        options.announce(tenant, result, claim);
        hooks.finished?.(tenant, end.key, end.status, clock.now() - end.createdAt);
        return;
      } catch (error) {
        if (isLost(claim, error)) throw error;
        if (error instanceof StoreUnavailable) {
          for (const row of result) options.touch(tenant, row.key);
          if (options.stopped()) throw error;
          logger.warn(
            { tenant, delivery: end.id },
            'the end of a delivery could not be stored; trying again',
          );
          await new Promise<void>((resolve) => clock.after(restMs, resolve));
        } else if (isAbout(error, deliveries.name) && error.id === end.id) {
          const present = await store.get(tenant, deliveries, end.id);
          if (!present?.value.queued) return;
          version = present.version;
        } else if (isAbout(error, nativeRecords.name)) {
          native = await nativeWrites(tenant, end, true);
          end = native.end;
          told = !isTold(end);
        } else if (isAbout(error, inboxEntries.name) && !told) {
          told = true;
        } else if (extra.length > 0) {
          // The message is out: what the transport wanted to note beside it must not hold up its key for ever.
          logger.error(
            { err: error, tenant, delivery: end.id },
            "a transport's writes were refused and are left out",
          );
          extra = [];
        } else throw error;
      }
    }
  };

  /** Claims the native id. `read`: something is there; a receipt that came early counts now. */
  async function nativeWrites(
    tenant: TenantId,
    end: DeliveryRecord<Operation>,
    read: boolean,
  ): Promise<{ writes: Write[]; end: DeliveryRecord<Operation> }> {
    if (end.nativeId === undefined) return { writes: [], end };
    const id = nativeRecordId(end.key, end.nativeId);
    const present = read ? await store.get(tenant, nativeRecords, id) : undefined;
    // An edit may bear the id of what it edits: receipts go to the first that had it.
    if (present?.value.delivery !== undefined) return { writes: [], end };
    return {
      writes: [put(nativeRecords, id, { delivery: end.id }, present?.version ?? 'absent')],
      end: present === undefined ? end : withEarly(end, present.value),
    };
  }
}

/** The end with what the network told of it before. */
function withEarly<Operation>(
  end: DeliveryRecord<Operation>,
  { early, earlyAt = end.createdAt, reason, receipts }: NativeRecord,
): DeliveryRecord<Operation> {
  if (early === undefined) return end;
  const noted = receipts === undefined ? end : { ...end, receipts };
  return applyReceipt(noted, { status: early, at: earlyAt, ...(reason === undefined ? {} : { reason }) });
}

function isAbout(error: unknown, collection: string): error is Conflict {
  return error instanceof Conflict && error.collection === collection;
}
