import type { Clock } from '../platform/clock.ts';
import type { LegKey, TenantId } from '../platform/ids.ts';
import type { Logger } from '../platform/log.ts';
import { remove, type Collection, type Store, type Stored, type Write } from '../store/store.ts';
import { deliveries, nativeRecordId, nativeRecords, seenEntries } from './collections.ts';

/** How long things of a tenant are remembered after they are done, in milliseconds. */
export interface Retention {
  /** Ids of accepted entries. Networks repeat an event for up to 7 days. */
  readonly seenMs: number;
  /** Deliveries that ended, with their attempts, receipts and native ids. */
  readonly deliveriesMs: number;
  /** Records of other parts. */
  readonly also: readonly Aging[];
}

/** Records that are forgotten when what their index has, a time, is so long ago. */
export interface Aging {
  readonly collection: Collection<object>;
  readonly index: string;
  readonly keptMs: number;
}

export function aging<T extends object>(collection: Collection<T>, index: string, keptMs: number): Aging {
  return { collection: collection as unknown as Collection<object>, index, keptMs };
}

export const defaultRetention: Retention = {
  seenMs: 8 * 86_400_000,
  deliveriesMs: 30 * 86_400_000,
  also: [],
};

const pageSize = 500;

/** Forgets what is older than its retention, page by page, every `everyMs`. */
export function createSweeper(options: {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly retention: (tenant: TenantId) => Partial<Retention>;
  readonly everyMs: number;
}): { start(): void; stop(): void; sweep(): Promise<void> } {
  const { store, clock, logger } = options;
  let cancel: (() => void) | undefined;
  let running = false;

  const sweepCollection = async <T extends object>(
    tenant: TenantId,
    collection: Collection<T>,
    index: string,
    before: number,
    writesOf: (record: Stored<T>) => Write[],
  ): Promise<void> => {
    for (;;) {
      const old = await store.find(tenant, collection, { index, equals: [], to: before, limit: pageSize });
      if (old.length > 0) await store.commit(tenant, old.flatMap(writesOf));
      if (old.length < pageSize) return;
    }
  };

  const sweepTenant = async (tenant: TenantId): Promise<void> => {
    const retention = { ...defaultRetention, ...options.retention(tenant) };
    const seenBefore = clock.now() - retention.seenMs;
    const doneBefore = clock.now() - retention.deliveriesMs;
    await sweepCollection(tenant, seenEntries, 'byAge', seenBefore, ({ id }) => [
      remove(seenEntries, id, 'any'),
    ]);
    await sweepCollection(tenant, nativeRecords, 'byEarlyAge', seenBefore, ({ id, version }) => [
      remove(nativeRecords, id, version),
    ]);
    await sweepCollection(tenant, deliveries, 'byFinish', doneBefore, ({ id, value }) => [
      remove(deliveries, id, 'any'),
      ...nativeOf(value.key, value.nativeId),
    ]);
    for (const { collection, index, keptMs } of retention.also) {
      await sweepCollection(tenant, collection, index, clock.now() - keptMs, ({ id }) => [
        remove(collection, id, 'any'),
      ]);
    }
  };

  const sweep = async (): Promise<void> => {
    const failed = new Map<TenantId, unknown>();
    for (const tenant of await store.tenants())
      await sweepTenant(tenant).catch((error: unknown) => failed.set(tenant, error));
    const [first] = failed;
    if (first === undefined) return;
    const [tenant, err] = first;
    logger.warn(
      { tenant, err, tenants: failed.size },
      'old records of some tenants could not be swept; trying again later',
    );
  };

  const nextSweep = (): void => {
    cancel = clock.after(options.everyMs, () => {
      void sweep()
        .catch((error: unknown) => {
          logger.warn({ err: error }, 'old records could not be swept; trying again later');
        })
        .finally(() => {
          if (running) nextSweep();
        });
    });
  };

  return {
    start() {
      running = true;
      nextSweep();
    },
    stop() {
      running = false;
      cancel?.();
    },
    sweep,
  };
}

function nativeOf(leg: LegKey, nativeId: string | undefined): Write[] {
  return nativeId === undefined ? [] : [remove(nativeRecords, nativeRecordId(leg, nativeId), 'any')];
}
