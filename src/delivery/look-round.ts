import type { ConversationId, TenantId } from '../platform/ids.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/log.ts';
import type { Store, Stored } from '../store/store.ts';
import { deliveries, inboxEntries } from './collections.ts';
import type { DeliveryRecord, InboxEntry } from './delivery.ts';
import { resumeInbox, resumeOutbox } from './resume.ts';

/**
 * Finds work that nobody was told of, where several replicas share a store: all of it when a replica is gone, and, behind the notices, a
 * page of each queue every few seconds, going on where the last look ended.
 */
export interface LookRound {
  start(): void;
  stop(): void;
  /** A replica is gone or a notice got lost: everything that waits is looked at, once more if that is under way already. */
  everything(): void;
}

export function createLookRound<Operation>(options: {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly everyMs: number;
  /** Something is stored for the key; whoever has it may know, or not. */
  readonly inbox: (tenant: TenantId, key: ConversationId) => void;
  readonly outbox: (tenant: TenantId, records: readonly DeliveryRecord<Operation>[]) => void;
  /** What has a place of its own to look at, with each look. */
  readonly also: () => Promise<void>;
}): LookRound {
  const { store, clock, logger } = options;
  const inboxAt = new Map<TenantId, Stored<InboxEntry<unknown>>>();
  const outboxAt = new Map<TenantId, Stored<DeliveryRecord>>();
  let cancel: (() => void) | undefined;
  let running = false;
  let busy = false;
  let wanted = false;

  const lookAtAll = async (): Promise<void> => {
    wanted = false;
    for (const tenant of await store.tenants()) {
      await resumeInbox(store, tenant, options.inbox);
      await resumeOutbox<Operation>(store, tenant, options.outbox);
    }
  };

  const lookAtPage = async (): Promise<void> => {
    for (const tenant of await store.tenants()) {
      const entries = await nextPage(inboxAt, tenant, async (after) =>
        store.find(tenant, inboxEntries, { index: 'bySequence', equals: [], limit: pageSize, ...after }),
      );
      for (const { value } of entries) options.inbox(tenant, value.key);
      const records = await nextPage(outboxAt, tenant, async (after) =>
        store.find(tenant, deliveries, { index: 'byQueued', equals: [true], limit: pageSize, ...after }),
      );
      options.outbox(
        tenant,
        records.map(({ value }) => value as DeliveryRecord<Operation>),
      );
    }
  };

  const look = async (): Promise<void> => {
    busy = true;
    const all = wanted;
    try {
      if (all) await lookAtAll();
      else await lookAtPage();
      await options.also();
    } catch (error) {
      wanted = wanted || all;
      logger.warn({ err: error }, 'work that was left lying could not be looked for; trying again');
    }
    busy = false;
    next(wanted ? Math.min(options.everyMs, restMs) : options.everyMs);
  };

  const next = (inMs: number): void => {
    if (!running) return;
    cancel?.();
    cancel = clock.after(inMs, () => {
      cancel = undefined;
      void look();
    });
  };

  return {
    start() {
      running = true;
      next(wanted ? 0 : options.everyMs);
    },
    stop() {
      running = false;
      cancel?.();
    },
    everything() {
      wanted = true;
      if (!busy) next(0);
    },
  };
}

const restMs = 500;
/** Small: each key of it that another replica has costs a look at its lease. */
const pageSize = 200;

/** Begins again at the front when it came to the end. */
async function nextPage<T extends object>(
  places: Map<TenantId, Stored<T>>,
  tenant: TenantId,
  find: (after: { readonly after?: Stored<T> }) => Promise<Stored<T>[]>,
): Promise<Stored<T>[]> {
  const after = places.get(tenant);
  const page = await find(after === undefined ? {} : { after });
  const last = page.length < pageSize ? undefined : page.at(-1);
  if (last === undefined) places.delete(tenant);
  else places.set(tenant, last);
  return page;
}
