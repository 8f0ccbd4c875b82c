import { derivedId } from '../platform/derived-id.ts';
import type { Clock } from '../platform/clock.ts';
import type { InboxEntryId, TenantId } from '../platform/ids.ts';
import type { Logger } from '../platform/log.ts';
import { Conflict, put, remove, type Store, type Stored, type Write } from '../store/store.ts';
import type { Accept } from './accept.ts';
import { timerRecords, type TimerRecord } from './collections.ts';
import type { TimerChange } from './delivery.ts';

/** Looks at the clock at least this often: it may be set, and a machine may sleep. */
const longestNapMs = 30_000;
const pageSize = 200;
const restMs = 1000;
const behindOthersMs = 2000;

/** What timer changes write, in the commit of the decision that wants them. `cause`: the inbox entry that is decided. */
export async function timerWrites<Event>(
  store: Store,
  tenant: TenantId,
  changes: readonly TimerChange<Event>[],
  cause: InboxEntryId,
): Promise<Write[]> {
  // Of several changes of one name the last stands: a commit must not write a record twice.
  const last = new Map(changes.map((change) => [JSON.stringify([change.key, nameOf(change)]), change]));
  const writes = await Promise.all(
    [...last.values()].map(async (change) => {
      const present = await store.find(tenant, timerRecords, {
        index: 'byName',
        equals: [change.key, nameOf(change)],
      });
      const removals = present.map((timer) => remove(timerRecords, timer.id, 'any'));
      if (!('set' in change)) return removals;
      const record: TimerRecord<Event> = {
        key: change.key,
        name: change.set,
        dueAt: change.dueAt,
        event: change.event,
        entryId: derivedId('timer', cause, change.key, change.set),
      };
      return [...removals, put(timerRecords, record.entryId, record, 'absent')];
    }),
  );
  return writes.flat();
}

function nameOf(change: TimerChange<unknown>): string {
  return 'set' in change ? change.set : change.cancel;
}

/** Brings timers that are due back as inbox entries of their key, once each, over restarts. */
export interface Timers {
  start(): Promise<void>;
  stop(): void;
  /** A timer may have been stored for this time. */
  noticed(tenant: TenantId, dueAt: number): void;
  /** Looks for what other replicas stored. Fires it a little later than who stored it, so that they do not all go for it at once. */
  lookRound(): Promise<void>;
}

export function createTimers<Event>(options: {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly accept: Accept<Event>;
}): Timers {
  const { store, clock, logger, accept } = options;
  /** The earliest time at which a tenant may have a timer due. Timers themselves stay in the store. */
  const earliest = new Map<TenantId, number>();
  let cancelNap: (() => void) | undefined;
  let napUntil = Infinity;
  let running = false;
  let busy = false;

  const nap = (): void => {
    if (!running || busy) return;
    const next = Math.min(...earliest.values(), Infinity);
    if (cancelNap !== undefined && next >= napUntil) return;
    cancelNap?.();
    cancelNap = undefined;
    if (next === Infinity) return;
    napUntil = next;
    cancelNap = clock.after(Math.max(0, Math.min(next - clock.now(), longestNapMs)), () => {
      cancelNap = undefined;
      void wake();
    });
  };

  const wake = async (): Promise<void> => {
    busy = true;
    for (const [tenant, dueAt] of earliest) {
      if (!running) break;
      if (dueAt > clock.now()) continue;
      earliest.delete(tenant);
      try {
        await fireDue(tenant);
      } catch (error) {
        logger.warn({ err: error, tenant }, 'timers could not be read or fired; trying again');
        noticed(tenant, clock.now() + restMs);
      }
    }
    busy = false;
    nap();
  };

  const fireDue = async (tenant: TenantId): Promise<void> => {
    for (;;) {
      const now = clock.now();
      const due = await store.find(tenant, timerRecords, { index: 'byDue', equals: [], limit: pageSize });
      const ripe = due.filter((timer) => timer.value.dueAt <= now);
      if (ripe.length > 0) await fire(tenant, ripe as Stored<TimerRecord<Event>>[]);
      const next = due.find((timer) => timer.value.dueAt > now);
      if (next !== undefined) noticed(tenant, next.value.dueAt);
      if (next !== undefined || due.length < pageSize) return;
    }
  };

  const fire = async (tenant: TenantId, timers: readonly Stored<TimerRecord<Event>>[]): Promise<void> => {
    const entries = timers.map(({ value }) => ({ id: value.entryId, key: value.key, event: value.event }));
    const writes = timers.map((timer) => remove(timerRecords, timer.id, timer.version));
    try {
      await accept(tenant, entries, { writes });
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
      // One was moved or cancelled meanwhile: all are read again, as they are now.
      noticed(tenant, clock.now());
    }
  };

  const noticed = (tenant: TenantId, dueAt: number): void => {
    if (dueAt < (earliest.get(tenant) ?? Infinity)) earliest.set(tenant, dueAt);
    nap();
  };

  return {
    async start() {
      for (const tenant of await store.tenants()) {
        const [first] = await store.find(tenant, timerRecords, { index: 'byDue', equals: [], limit: 1 });
        if (first !== undefined) earliest.set(tenant, first.value.dueAt);
      }
      running = true;
      nap();
    },
    stop() {
      running = false;
      cancelNap?.();
      cancelNap = undefined;
    },
    noticed,
    async lookRound() {
      for (const tenant of await store.tenants()) {
        const [first] = await store.find(tenant, timerRecords, { index: 'byDue', equals: [], limit: 1 });
        if (first !== undefined) noticed(tenant, first.value.dueAt + behindOthersMs);
      }
    },
  };
}
