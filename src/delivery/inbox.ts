import type { Clock } from '../platform/clock.ts';
import { crashPoint } from '../platform/crash-point.ts';
import type { ConversationId, DeliveryId, InboxEntryId, TenantId } from '../platform/ids.ts';
import type { Logger } from '../platform/log.ts';
import type { Pace } from '../platform/pace.ts';
import { Conflict, put, remove, StoreUnavailable, type Store, type Write } from '../store/store.ts';
import type { ClaimedRecords, Reader } from './claimed-records.ts';
import { deliveries, inboxEntries, quarantinedEntries } from './collections.ts';
import type { Decision, DeliveryRecord, InboxEntry, NewDelivery } from './delivery.ts';
import type { DeliveryHooks } from './hooks.ts';
import {
  createKeyedLanes,
  type KeyedLanes,
  type LaneLimits,
  type LanePlace,
  type Turn,
} from './keyed-lanes.ts';
import { isLost, type Claim } from './ownership.ts';
import { backoffMs } from './retry-policy.ts';
import { deliveryRow, entryRow } from './rows.ts';
import type { Sequence } from './sequence.ts';
import { createSingleFile } from './single-file.ts';
import { timerWrites } from './timers.ts';

/** Reads state, by `read`, and says what is to become true. No other I/O. May be called again for the same entry. */
export type Decide<Event, Operation> = (
  tenant: TenantId,
  entry: InboxEntry<Event>,
  read: Reader,
) => Promise<Decision<Event, Operation>>;

/** What goes out in place of an entry that is set aside, so that it does not vanish for those who are concerned. */
export type QuarantineNotice<Event, Operation> = (
  tenant: TenantId,
  entry: InboxEntry<Event>,
) => Promise<readonly NewDelivery<Operation>[]>;

/** An entry in its lane, with how often its decision threw. */
export interface PendingEntry<Event> {
  readonly id: string;
  readonly entry: InboxEntry<Event>;
  readonly failures: number;
  /** How often its key rested because of conflicts. */
  readonly rests: number;
}

/**
 * Decisions taken again at once because something they read had moved on; then the key rests. Those that met the same record do so one
 * after the other, so that each is overtaken only by what comes anew, and they are not all decided again for each one that got through.
 */
const conflictRounds = 64;
const restMs = 1000;
/** So many rests, and no other writer explains the conflicts any more: what the decision expects is never there. */
const conflictRests = 60;
/** A decision that throws is tried this often before its entry is set aside. */
const failureLimit = 3;
const failureBaseMs = 100;
const longestReason = 2000;

export function createInbox<Event, Operation>(options: {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly hooks: DeliveryHooks;
  readonly sequence: Promise<Sequence>;
  readonly limits: LaneLimits;
  readonly pace: Pace;
  readonly random: () => number;
  readonly decide: Decide<Event, Operation>;
  /** Where several replicas share the store. */
  readonly records: ClaimedRecords | undefined;
  readonly quarantineNotice: QuarantineNotice<Event, Operation>;
  /** These deliveries are stored now, under the claim on their conversation. */
  readonly announce: (tenant: TenantId, records: readonly DeliveryRecord<Operation>[], claim: Claim) => void;
  /** These may be stored, or not. */
  readonly touch: (tenant: TenantId, records: readonly DeliveryRecord<Operation>[]) => void;
  /** These events for other keys are stored now. */
  readonly announceEntries: (tenant: TenantId, rows: readonly InboxEntry<Event>[]) => void;
  /** A key may have an event, or not. */
  readonly touchEntry: (tenant: TenantId, key: ConversationId) => void;
  readonly claim: (place: LanePlace<ConversationId>, news: boolean) => Promise<Claim | undefined>;
  readonly timerNoticed: (tenant: TenantId, dueAt: number) => void;
  readonly onIdle: () => void;
}): KeyedLanes<ConversationId, PendingEntry<Event>> {
  const { store, clock, logger, hooks } = options;
  const contended = createSingleFile();

  const handle = async (
    tenant: TenantId,
    pending: PendingEntry<Event>,
    claim: Claim,
  ): Promise<Turn<PendingEntry<Event>>> => {
    let place: { readonly name: string; readonly leave: () => void } | undefined;
    const queueFor = async ({ collection, id }: Conflict): Promise<void> => {
      const name = `${tenant} ${collection} ${id}`;
      if (place?.name === name) return;
      place?.leave();
      place = undefined;
      place = { name, leave: await contended.enter(name) };
    };
    try {
      return await decideAndCommit(tenant, pending, claim, queueFor);
    } finally {
      place?.leave();
    }
  };

  const decideAndCommit = async (
    tenant: TenantId,
    pending: PendingEntry<Event>,
    claim: Claim,
    queueFor: (conflict: Conflict) => Promise<void>,
  ): Promise<Turn<PendingEntry<Event>>> => {
    const { entry } = pending;
    let conflict: Conflict | undefined;
    let wanted: Pick<Decision<Event, Operation>, 'deliveries' | 'entries'> = { deliveries: [] };
    for (let round = 0; round < conflictRounds; round += 1) {
      const records = options.records?.under(claim);
      try {
        const decision = await options.decide(tenant, entry, records?.read ?? store);
        wanted = decision;
        crashPoint('inbox-after-decision-before-commit');
        await commitDecision(tenant, entry, decision, claim);
        records?.committed(decision.writes);
        hooks.decided?.(tenant, clock.now() - entry.acceptedAt);
        return 'done';
      } catch (error) {
        records?.failed();
        if (isLost(claim, error)) throw error;
        if (error instanceof StoreUnavailable) return { again: pending, at: clock.now() + restMs };
        if (!(error instanceof Conflict)) return failed(tenant, pending, error, claim);
        conflict = error;
        hooks.conflict?.(tenant);
        if (!(await stillPending(tenant, entry))) {
          // An earlier commit of ours, whose answer got lost, may have stored these after we looked for them.
          options.touch(
            tenant,
            wanted.deliveries.map((delivery) => deliveryRow(delivery, 0, entry.acceptedAt)),
          );
          for (const { key } of wanted.entries ?? []) options.touchEntry(tenant, key);
          return 'done';
        }
        await queueFor(error);
      }
    }
    logger.warn(
      { tenant, key: entry.key, entry: entry.id },
      'a decision meets conflicts again and again; its key rests',
    );
    const rests = pending.rests + 1;
    if (rests >= conflictRests)
      return failed(tenant, { ...pending, failures: failureLimit }, conflict, claim);
    return { again: { ...pending, rests }, at: clock.now() + restMs };
  };

  /** The entry's end, the decision's writes, its deliveries and timers: one commit. */
  const commitDecision = async (
    tenant: TenantId,
    entry: InboxEntry<Event>,
    decision: Decision<Event, Operation>,
    claim: Claim,
  ): Promise<void> => {
    const sequence = await options.sequence;
    const now = clock.now();
    const wanted = new Map(decision.deliveries.map((delivery) => [delivery.id, delivery]));
    const events = new Map((decision.entries ?? []).map((event) => [event.id, event]));
    const fixed: Write[] = [
      ...claim.fence,
      remove(inboxEntries, entry.id, 1),
      ...decision.writes,
      ...(await timerWrites(store, tenant, decision.timers, entry.id)),
    ];
    for (;;) {
      const records = await Promise.all(
        [...wanted.values()].map(async (delivery) => deliveryRow(delivery, await sequence.next(), now)),
      );
      const rows = await Promise.all(
        [...events.values()].map(async (event) => entryRow(event, await sequence.next(), now)),
      );
      try {
        await store.commit(tenant, [
          ...fixed,
          ...records.map((record) => put(deliveries, record.id, record, 'absent')),
          ...rows.map((row) => put(inboxEntries, row.id, row, 'absent')),
        ]);
        crashPoint('inbox-after-decision-commit');
        options.announce(tenant, records, claim);
        options.announceEntries(tenant, rows);
        noticeTimers(tenant, decision);
        return;
      } catch (error) {
        if (error instanceof StoreUnavailable) {
          // It may be durable all the same; then this entry will be gone, and nobody else would look.
          options.touch(tenant, records);
          for (const { key } of rows) options.touchEntry(tenant, key);
          noticeTimers(tenant, decision);
        }
        // A delivery or an event that is there already is the same one, asked for a second time.
        if (!(error instanceof Conflict) || error.found === 'absent') throw error;
        const isKnown =
          (error.collection === deliveries.name && wanted.delete(error.id as DeliveryId)) ||
          (error.collection === inboxEntries.name && events.delete(error.id as InboxEntryId));
        if (!isKnown) throw error;
      }
    }
  };

  const noticeTimers = (tenant: TenantId, decision: Decision<Event, Operation>): void => {
    for (const change of decision.timers) if ('set' in change) options.timerNoticed(tenant, change.dueAt);
  };

  const stillPending = async (tenant: TenantId, entry: InboxEntry<Event>): Promise<boolean> =>
    (await store.get(tenant, inboxEntries, entry.id)) !== undefined;

  const failed = async (
    tenant: TenantId,
    pending: PendingEntry<Event>,
    error: unknown,
    claim: Claim,
  ): Promise<Turn<PendingEntry<Event>>> => {
    const failures = pending.failures + 1;
    const { entry } = pending;
    const what = error instanceof Error ? error.name : typeof error;
    if (failures < failureLimit) {
      logger.warn({ tenant, entry: entry.id, failures, error: what }, 'a decision failed; trying again');
      const wait = failureBaseMs + backoffMs(failureBaseMs, restMs, failures, options.random());
      return { again: { ...pending, failures }, at: clock.now() + wait };
    }
    let notices: DeliveryRecord<Operation>[] = [];
    try {
      notices = await noticesFor(tenant, entry);
      await store.commit(tenant, [
        ...claim.fence,
        remove(inboxEntries, entry.id, 1),
        ...notices.map((record) => put(deliveries, record.id, record, 'absent')),
        put(
          quarantinedEntries,
          entry.id,
          {
            id: entry.id,
            key: entry.key,
            event: entry.event,
            acceptedAt: entry.acceptedAt,
            quarantinedAt: clock.now(),
            reason: String(error).slice(0, longestReason),
          },
          'any',
        ),
      ]);
    } catch (refused) {
      if (isLost(claim, refused)) throw refused;
      if (refused instanceof StoreUnavailable) options.touch(tenant, notices);
      if (refused instanceof Conflict && !(await stillPending(tenant, entry))) return 'done';
      return { again: pending, at: clock.now() + restMs };
    }
    options.announce(tenant, notices, claim);
    logger.error(
      { tenant, key: entry.key, entry: entry.id, error: what },
      'a decision failed for good; its entry is in quarantine and its key goes on',
    );
    hooks.quarantined?.(tenant, entry.id);
    return 'done';
  };

  /** What failed the decision may fail this, too. */
  const noticesFor = async (
    tenant: TenantId,
    entry: InboxEntry<Event>,
  ): Promise<DeliveryRecord<Operation>[]> => {
    const sequence = await options.sequence;
    try {
      const wanted = await options.quarantineNotice(tenant, entry);
      return await Promise.all(
        wanted.map(async (delivery) => deliveryRow(delivery, await sequence.next(), clock.now())),
      );
    } catch (error) {
      logger.warn({ tenant, entry: entry.id, err: error }, 'nobody could be told of an entry in quarantine');
      return [];
    }
  };

  return createKeyedLanes<ConversationId, PendingEntry<Event>>({
    work: {
      async load(tenant, key, limit) {
        const page = await store.find(tenant, inboxEntries, { index: 'byKey', equals: [key], limit });
        return page.map((row) => pendingEntry(row.value as InboxEntry<Event>));
      },
      handle,
    },
    claim: options.claim,
    limits: options.limits,
    pace: options.pace,
    clock,
    logger,
    onIdle: options.onIdle,
  });
}

export function pendingEntry<Event>(entry: InboxEntry<Event>): PendingEntry<Event> {
  return { id: entry.id, entry, failures: 0, rests: 0 };
}
