import type { Clock } from '../platform/clock.ts';
import type { ConversationId, DeliveryId, LegKey, LineId, TenantId } from '../platform/ids.ts';
import type { Logger } from '../platform/log.ts';
import { createPace, type Pace } from '../platform/pace.ts';
import { Conflict, put, StoreUnavailable, type Collection, type Store, type Write } from '../store/store.ts';
import { createAccept, type Accept } from './accept.ts';
import { createClaimedRecords } from './claimed-records.ts';
import { deliveries } from './collections.ts';
import type { DeliveryRecord, InboxEntry, LookUp, NewEntry, ResendPolicy, Transport } from './delivery.ts';
import type { DeliveryHooks } from './hooks.ts';
import { createInbox, pendingEntry, type Decide, type QuarantineNotice } from './inbox.ts';
import type { LaneDepths, LaneLimits, LanePlace } from './keyed-lanes.ts';
import { createLookRound } from './look-round.ts';
import { createOutbox } from './outbox.ts';
import { soleOwnership, type Claim, type Notice, type Ownership, type Resource } from './ownership.ts';
import { createQuarantine, type Quarantine } from './quarantine.ts';
import { resumeInbox, resumeOutbox } from './resume.ts';
import { latestTry, retryOf } from './retry-of.ts';
import { defaultRetryRules, type RetryRules } from './retry-policy.ts';
import { deliveryRow, entryRow } from './rows.ts';
import { openSequence, type Sequence } from './sequence.ts';
import { createSettle } from './settle.ts';
import { createSweeper, type Retention } from './sweeper.ts';
import { createTimers } from './timers.ts';

export interface DeliveryOptions<Event, Operation> {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly decide: Decide<Event, Operation>;
  /** What to send when an entry is set aside; its ids derived from the entry's. Default: nothing. */
  readonly quarantineNotice?: QuarantineNotice<Event, Operation>;
  /** Must settle in the end (its own time limits): its key waits for it, and so does a place of its group. */
  readonly transport: Transport<Operation>;
  readonly resendPolicy: (tenant: TenantId, delivery: DeliveryRecord<Operation>) => Promise<ResendPolicy>;
  /** Must settle in the end, and not throw. Default: nobody can tell. */
  readonly lookUp?: LookUp<Operation>;
  /** What a conversation is told when a delivery ended, as its `tell` asks for; becomes an inbox entry with the delivery's end. */
  readonly resultEvent: (delivery: DeliveryRecord<Operation>) => Event;
  /** What a conversation is told, once, when a delivery will wait long because the line must be cured or the other side is away. */
  readonly delayEvent?: (delivery: DeliveryRecord<Operation>) => Event;
  readonly hooks?: DeliveryHooks;
  readonly retryRules?: Partial<RetryRules>;
  /** Of deliveries that are tried otherwise. Undefined: as `retryRules` has it. */
  readonly retryRulesOf?: (delivery: DeliveryRecord<Operation>) => RetryRules | undefined;
  /** Of each tenant; what is not said is as in `defaultRetention`. */
  readonly retention?: (tenant: TenantId) => Partial<Retention>;
  /** Shared with whatever else tenants have done for them. Default: one of its own. */
  readonly pace?: Pace;
  readonly inboxLimits?: Partial<LaneLimits>;
  readonly outboxLimits?: Partial<LaneLimits>;
  /**
   * Deliveries of one group share `outboxLimits.perGroup`, so that what is slow holds up only its own kind. Default: the tenant and
   * the part of the key before `:`.
   */
  readonly outboxGroup?: (tenant: TenantId, delivery: DeliveryRecord<Operation>) => string;
  readonly sweepEveryMs?: number;
  /** Where several replicas share the store. Default: this process has it to itself. */
  readonly shared?: SharedWork<Operation>;
  /** For jitter; [0, 1). */
  readonly random?: () => number;
}

/** What keeps several replicas out of each other's way. */
export interface SharedWork<Operation> {
  readonly ownership: Ownership;
  /** One for all of them. */
  readonly sequence: Sequence;
  /** The line, where deliveries of a leg can only leave by the replica that has the line's connection. */
  readonly lineOf: (tenant: TenantId, delivery: DeliveryRecord<Operation>) => LineId | undefined;
  /** Collections whose records nobody writes but the decisions of the one conversation that reads them. Default: none. */
  readonly owned?: readonly Collection<never>[];
  /** How often to look for work that nobody was told of. Default 5 s. */
  readonly lookEveryMs?: number;
}

/** Inbox, decisions, outbox and timers as one: events go in, deliveries leave, in order, over crashes. */
export interface Delivery<Event, Operation> {
  /** Waits for `start`; refused with StoreUnavailable after `stop`. */
  readonly accept: Accept<Event>;
  readonly quarantine: Quarantine<Event>;
  /** Takes up what an earlier run left. */
  start(): Promise<void>;
  /** Takes nothing new; what is under way gets the time. What is not done then is taken up by the next start. */
  stop(graceMs: number): Promise<void>;
  /** Resolves when nothing waits and nothing is under way (timers aside). */
  idle(): Promise<void>;
  depths(): { readonly inbox: LaneDepths; readonly outbox: LaneDepths };
  /**
   * Sends a failed or unclear delivery once more (its newest retry). False where there is none, or it is not over, or it succeeded, or
   * something of `also`, which goes into the same commit, conflicts.
   */
  retry(tenant: TenantId, id: DeliveryId, also?: readonly Write[]): Promise<boolean>;
  /** What stood in the way of these deliveries is gone: those that wait for their next attempt make it now. */
  hurry(tenant: TenantId, which: (delivery: DeliveryRecord<Operation>) => boolean): void;
  /** Forgets what is older than its retention; also done by itself. */
  sweep(): Promise<void>;
}

const defaultInboxLimits: LaneLimits = { overall: 64, perGroup: 32, heldPerKey: 64, held: 20_000 };
const defaultOutboxLimits: LaneLimits = { overall: 512, perGroup: 64, heldPerKey: 64, held: 20_000 };

/** So many that wait to be durable are more than an ordinary day brings. */
const throng = 96;

export function createDelivery<Event, Operation>(
  options: DeliveryOptions<Event, Operation>,
): Delivery<Event, Operation> {
  const { store, clock, logger, hooks = {}, random = Math.random, shared, pace = createPace() } = options;
  const ownership = shared?.ownership ?? soleOwnership(() => earlierRun);
  const retryRules = { ...defaultRetryRules, ...options.retryRules };
  const groupOf = options.outboxGroup ?? groupByLegKind;
  let stopped = false;
  let earlierRun = 0;
  let whenIdle: (() => void)[] = [];
  const opened = Promise.withResolvers<Sequence>();
  opened.promise.catch(() => undefined);

  const checkIdle = (): void => {
    if (inbox.depths().keys > 0 || outbox.depths().keys > 0) return;
    const resolvers = whenIdle;
    whenIdle = [];
    for (const resolve of resolvers) resolve();
  };
  const inboxPlace = (tenant: TenantId, key: ConversationId): LanePlace<ConversationId> => {
    return { tenant, key, group: tenant, resource: { kind: 'conversation', id: key } };
  };
  const outboxPlace = (tenant: TenantId, record: DeliveryRecord<Operation>): LanePlace<LegKey> => {
    return { tenant, key: record.key, group: groupOf(tenant, record), resource: resourceOf(tenant, record) };
  };
  const resourceOf = (tenant: TenantId, record: DeliveryRecord<Operation>): Resource => {
    const line = shared?.lineOf(tenant, record);
    return line === undefined
      ? { kind: 'conversation', id: record.conversation }
      : { kind: 'line', id: line };
  };
  const touchInbox = (tenant: TenantId, key: ConversationId): void => {
    inbox.touch(inboxPlace(tenant, key), true);
  };
  const touchOutbox = (tenant: TenantId, records: readonly DeliveryRecord<Operation>[]): void => {
    for (const record of records) outbox.touch(outboxPlace(tenant, record), true);
  };
  // What another replica stored for a key before is not announced here: the lane must look.
  const announceRows = (tenant: TenantId, rows: readonly InboxEntry<Event>[]): void => {
    for (const row of rows)
      if (ownership.alone) inbox.push(inboxPlace(tenant, row.key), pendingEntry(row));
      else touchInbox(tenant, row.key);
  };
  // An event that another replica took just before and did not tell of yet may be handled after this: no message is overtaken by that.
  const announceEnds = (tenant: TenantId, rows: readonly InboxEntry<Event>[], claim: Claim): void => {
    for (const row of rows) {
      const place = inboxPlace(tenant, row.key);
      if (!ownership.alone && claim.covers(place.resource)) inbox.pushUnder(claim, place, pendingEntry(row));
      else announceRows(tenant, [row]);
    }
  };
  const announceRecords = (
    tenant: TenantId,
    records: readonly DeliveryRecord<Operation>[],
    claim?: Claim,
  ): void => {
    for (const record of records) {
      const place = outboxPlace(tenant, record);
      const held = { id: record.id, version: 1, value: record };
      if (ownership.alone) outbox.push(place, held);
      // What leaves by a line that holds a connection is not covered by the claim on its conversation.
      else if (claim?.covers(place.resource) === true) outbox.pushUnder(claim, place, held);
      else outbox.touch(place, true);
    }
  };
  /** What an earlier run, or a replica that is gone, left: nobody is told, since everybody looks for himself. */
  const foundInbox = (tenant: TenantId, key: ConversationId): void => {
    inbox.touch(inboxPlace(tenant, key), false);
  };
  const foundOutbox = (tenant: TenantId, records: readonly DeliveryRecord<Operation>[]): void => {
    for (const record of records) outbox.touch(outboxPlace(tenant, record), false);
  };

  const accepting = createAccept<Event>({
    store,
    clock,
    hooks,
    sequence: opened.promise,
    announce: announceRows,
    touch: touchInbox,
  });
  const accept: Accept<Event> = async (tenant, entries, acceptOptions) => {
    if (stopped) throw new StoreUnavailable('delivery is stopped: nothing is accepted any more');
    return accepting.accept(tenant, entries, acceptOptions);
  };
  /** What is durable can wait; what is not, has somebody waiting who tries again, or gives up. */
  const whileAccepting = (limits: LaneLimits, overall: number): LaneLimits => ({
    ...limits,
    get overall() {
      return accepting.waiting() < throng ? limits.overall : Math.min(limits.overall, overall);
    },
  });
  const timers = createTimers<Event>({ store, clock, logger, accept });
  const inbox = createInbox<Event, Operation>({
    store,
    clock,
    logger,
    hooks,
    random,
    sequence: opened.promise,
    limits: whileAccepting({ ...defaultInboxLimits, ...options.inboxLimits }, 8),
    pace,
    decide: options.decide,
    records: shared?.owned === undefined ? undefined : createClaimedRecords(store, shared.owned),
    quarantineNotice: options.quarantineNotice ?? (async () => []),
    announce: announceRecords,
    touch: touchOutbox,
    announceEntries: announceRows,
    touchEntry: touchInbox,
    claim: async (place, news) =>
      ownership.claim(
        place.tenant,
        place.resource,
        news ? { ...noticeOf(place), inbox: place.key } : undefined,
      ),
    timerNoticed: (tenant, dueAt) => timers.noticed(tenant, dueAt),
    onIdle: checkIdle,
  });
  const outbox = createOutbox<Operation>({
    store,
    clock,
    logger,
    hooks,
    random,
    rulesOf: (delivery) => options.retryRulesOf?.(delivery) ?? retryRules,
    limits: whileAccepting({ ...defaultOutboxLimits, ...options.outboxLimits }, 16),
    pace,
    transport: options.transport,
    resendPolicy: options.resendPolicy,
    ...(options.lookUp === undefined ? {} : { lookUp: options.lookUp }),
    claim: async (place, news) =>
      ownership.claim(
        place.tenant,
        place.resource,
        news ? { ...noticeOf(place), outbox: place.key } : undefined,
      ),
    settle: createSettle<Event, Operation>({
      store,
      clock,
      logger,
      hooks,
      sequence: opened.promise,
      resultEvent: (delivery) => told(delivery, delivery.status, options.resultEvent(delivery)),
      announce: announceEnds,
      touch: touchInbox,
      stopped: () => stopped,
    }),
    delayRows: async (delivery) => {
      if (options.delayEvent === undefined || delivery.tell === 'never') return [];
      const entry = told(delivery, `delayed-${delivery.attempts}`, options.delayEvent(delivery));
      const sequence = await opened.promise;
      return [entryRow(entry, await sequence.next(), clock.now())];
    },
    announceRows: announceRows as (tenant: TenantId, rows: readonly InboxEntry<unknown>[]) => void,
    onIdle: checkIdle,
  });
  const sweeper = createSweeper({
    store,
    clock,
    logger,
    retention: options.retention ?? (() => ({})),
    everyMs: options.sweepEveryMs ?? 600_000,
  });

  const lookRound = createLookRound<Operation>({
    store,
    clock,
    logger,
    everyMs: shared?.lookEveryMs ?? 5000,
    inbox: foundInbox,
    outbox: foundOutbox,
    also: async () => timers.lookRound(),
  });
  ownership.listen({
    noticed({ tenant, resource, group, inbox: conversation, outbox: leg }) {
      if (conversation !== undefined) inbox.touch({ tenant, key: conversation, group, resource }, true);
      if (leg !== undefined) outbox.touch({ tenant, key: leg, group, resource }, true);
    },
    abandoned: () => lookRound.everything(),
  });

  return {
    accept,
    quarantine: createQuarantine(store, accept),
    async start() {
      const sequence = shared?.sequence ?? (await openSequence(store, clock));
      if (shared === undefined) earlierRun = await sequence.next();
      opened.resolve(sequence);
      inbox.start();
      outbox.start();
      for (const tenant of await store.tenants()) {
        await resumeInbox(store, tenant, foundInbox);
        await resumeOutbox<Operation>(store, tenant, foundOutbox);
      }
      inbox.caughtUp();
      outbox.caughtUp();
      await timers.start();
      sweeper.start();
      if (!ownership.alone) lookRound.start();
    },
    async stop(graceMs) {
      stopped = true;
      timers.stop();
      sweeper.stop();
      lookRound.stop();
      const quiet = Promise.all([inbox.stop(), outbox.stop()]);
      let cancel = (): void => undefined;
      const grace = new Promise<void>((resolve) => {
        cancel = clock.after(graceMs, resolve);
      });
      await Promise.race([quiet, grace]);
      cancel();
    },
    async idle() {
      const quiet = new Promise<void>((resolve) => whenIdle.push(resolve));
      checkIdle();
      return quiet;
    },
    depths: () => ({ inbox: inbox.depths(), outbox: outbox.depths() }),
    async retry(tenant, id, also = []) {
      const latest = await latestTry(store, tenant, id);
      if (latest?.value.status !== 'failed' && latest?.value.status !== 'unclear') return false;
      const sequence = await opened.promise;
      const again = retryOf(latest.value as DeliveryRecord<Operation>);
      const record = deliveryRow(again, await sequence.next(), clock.now());
      try {
        await store.commit(tenant, [put(deliveries, record.id, record, 'absent'), ...also]);
      } catch (error) {
        if (error instanceof Conflict) return false;
        if (error instanceof StoreUnavailable) touchOutbox(tenant, [record]);
        throw error;
      }
      announceRecords(tenant, [record]);
      return true;
    },
    hurry(tenant, which) {
      outbox.hurry((of, held) =>
        of === tenant && which(held.value)
          ? { ...held, value: { ...held.value, nextAttemptAt: 0 } }
          : undefined,
      );
    },
    sweep: async () => sweeper.sweep(),
  };
}

function noticeOf({ tenant, resource, group }: LanePlace<string>): Notice {
  return { tenant, resource, group };
}

function told<Event>(delivery: DeliveryRecord, what: string, event: Event): NewEntry<Event> {
  return { id: derivedEntryId(delivery.id, what), key: delivery.conversation, event };
}

function derivedEntryId(id: DeliveryId, what: string): NewEntry<unknown>['id'] {
  return `delivery:${id}:${what}` as NewEntry<unknown>['id'];
}

function groupByLegKind(tenant: TenantId, delivery: { readonly key: LegKey }): string {
  return `${tenant} ${delivery.key.split(':', 1)[0] ?? ''}`;
}
