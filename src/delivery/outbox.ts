import type { Clock } from '../platform/clock.ts';
import { crashPoint } from '../platform/crash-point.ts';
import type { LegKey, TenantId } from '../platform/ids.ts';
import type { Logger } from '../platform/log.ts';
import type { Pace } from '../platform/pace.ts';
import { Conflict, put, type Store, type Stored } from '../store/store.ts';
import { deliveries, inboxEntries } from './collections.ts';
import {
  DeliveryFailure,
  type DeliveryRecord,
  type InboxEntry,
  type LookUp,
  type ResendPolicy,
  type Taken,
  type Transport,
} from './delivery.ts';
import { delayed, ended, taken, unclearBefore, underWay, withInterruption } from './delivery-end.ts';
import type { DeliveryHooks } from './hooks.ts';
import {
  createKeyedLanes,
  type KeyedLanes,
  type LaneLimits,
  type LanePlace,
  type Turn,
} from './keyed-lanes.ts';
import { ClaimLost, isLost, type Claim } from './ownership.ts';
import type { Settle } from './settle.ts';
import { afterFailure, asDeliveryFailure, isSlow, type RetryRules } from './retry-policy.ts';

export type Held<Operation> = Stored<DeliveryRecord<Operation>>;

export function createOutbox<Operation>(options: {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly hooks: DeliveryHooks;
  readonly limits: LaneLimits;
  readonly pace: Pace;
  readonly random: () => number;
  readonly rulesOf: (delivery: DeliveryRecord<Operation>) => RetryRules;
  readonly transport: Transport<Operation>;
  readonly resendPolicy: (tenant: TenantId, delivery: DeliveryRecord<Operation>) => Promise<ResendPolicy>;
  /** Looks whether a delivery went out of which that is not known; must not throw. Default: nobody can tell. */
  readonly lookUp?: LookUp<Operation>;
  readonly settle: Settle<Operation>;
  /** What the conversation is told when a delivery will wait long; nothing where it is not to be told. */
  readonly delayRows: (delivery: DeliveryRecord<Operation>) => Promise<readonly InboxEntry<unknown>[]>;
  readonly announceRows: (tenant: TenantId, rows: readonly InboxEntry<unknown>[]) => void;
  readonly claim: (place: LanePlace<LegKey>, news: boolean) => Promise<Claim | undefined>;
  readonly onIdle: () => void;
}): KeyedLanes<LegKey, Held<Operation>> {
  const { store, clock, logger, hooks, rulesOf, settle } = options;

  const handle = async (
    tenant: TenantId,
    held: Held<Operation>,
    claim: Claim,
  ): Promise<Turn<Held<Operation>>> => {
    const now = clock.now();
    const record = held.value;
    if (record.nextAttemptAt > now) return { again: held, at: record.nextAttemptAt };
    let policy: ResendPolicy = 'safe';
    try {
      policy = await options.resendPolicy(tenant, record);
    } catch (error) {
      return failed(tenant, held, notCalled(error), policy, claim);
    }
    const unclear = unclearBefore(record);
    if (unclear && policy === 'ask') {
      const noted = { ...held, value: withInterruption(record, now) };
      return finish(tenant, noted, 'unclear', interrupted(record), false, claim);
    }
    if (record.attempts > 0 && now - record.createdAt > rulesOf(record).maximumAgeMs)
      return finish(tenant, held, unclear ? 'unclear' : 'failed', lastFailure(record), false, claim);
    return attempt(
      tenant,
      held,
      policy,
      unclear || (policy === 'safe' && record.sequence <= claim.since),
      claim,
    );
  };

  const attempt = async (
    tenant: TenantId,
    held: Held<Operation>,
    policy: ResendPolicy,
    unclear: boolean,
    claim: Claim,
  ): Promise<Turn<Held<Operation>>> => {
    let marked: Held<Operation> = { ...held, value: { ...held.value, attempts: held.value.attempts + 1 } };
    if (policy !== 'safe') {
      try {
        marked = await write(tenant, held, underWay(held.value, clock.now()), claim);
      } catch (error) {
        if (error instanceof Conflict && !isLost(claim, error)) return reload(tenant, held);
        throw error;
      }
    }
    let answer: Taken;
    try {
      crashPoint('outbox-before-call');
      answer = await options.transport(tenant, marked.value, {
        number: marked.value.attempts,
        unclearBefore: unclear,
        mayGoOut: () => {
          if (!claim.isHeld()) throw new ClaimLost('another replica may send this by now');
        },
      });
      crashPoint('outbox-after-call-before-commit');
    } catch (error) {
      if (error instanceof ClaimLost) throw error;
      return failed(tenant, marked, asDeliveryFailure(error), policy, claim);
    }
    await settle(tenant, marked, taken(marked.value, answer.nativeId, clock.now()), claim, answer.writes);
    crashPoint('outbox-after-commit');
    return 'done';
  };

  const failed = async (
    tenant: TenantId,
    held: Held<Operation>,
    failure: DeliveryFailure,
    policy: ResendPolicy,
    claim: Claim,
  ): Promise<Turn<Held<Operation>>> => {
    const record = held.value;
    hooks.attemptFailed?.(tenant, record.key, failure.kind);
    const after = afterFailure(failure, record, policy, rulesOf(record), clock.now(), options.random());
    const facts = {
      tenant,
      key: record.key,
      delivery: record.id,
      attempts: record.attempts,
      kind: failure.kind,
    };
    if (after.next !== 'retry') {
      logger.warn({ ...facts, end: after.next }, 'a delivery ended without success');
      return finish(tenant, held, after.next, failure, true, claim);
    }
    logger.debug({ ...facts, inMs: after.at - clock.now() }, 'an attempt failed; trying again later');
    const waits = delayed(record, failure, after.at, clock.now());
    // Told once, not with each attempt.
    const rows =
      isSlow(failure.kind) && record.failure?.kind !== failure.kind ? await options.delayRows(waits) : [];
    try {
      const again = await write(tenant, held, waits, claim, rows);
      options.announceRows(tenant, rows);
      return { again, at: after.at };
    } catch (error) {
      if (isLost(claim, error)) throw error;
      if (error instanceof Conflict) return reload(tenant, held);
      // The store is away: what we know is kept here meanwhile.
      return { again: { ...held, value: waits }, at: after.at };
    }
  };

  const finish = async (
    tenant: TenantId,
    held: Held<Operation>,
    status: 'failed' | 'unclear',
    failure: DeliveryFailure,
    tried: boolean,
    claim: Claim,
  ): Promise<Turn<Held<Operation>>> => {
    const found = status === 'unclear' ? await options.lookUp?.(tenant, held.value) : undefined;
    if (found === undefined)
      await settle(tenant, held, ended(held.value, status, failure, clock.now(), tried), claim);
    else await settle(tenant, held, taken(held.value, found.nativeId, clock.now()), claim, found.writes);
    return 'done';
  };

  const write = async (
    tenant: TenantId,
    held: Held<Operation>,
    value: DeliveryRecord<Operation>,
    claim: Claim,
    rows: readonly InboxEntry<unknown>[] = [],
  ): Promise<Held<Operation>> => {
    await store.commit(tenant, [
      ...claim.fence,
      put(deliveries, held.id, value, held.version),
      // Told a second time under the same id, it is the same event.
      ...rows.map((row) => put(inboxEntries, row.id, row, 'any')),
    ]);
    return { id: held.id, version: held.version + 1, value };
  };

  /** Somebody else wrote the record (or we did, and never heard that it worked): go on from what is there. */
  const reload = async (tenant: TenantId, held: Held<Operation>): Promise<Turn<Held<Operation>>> => {
    const present = await store.get(tenant, deliveries, held.id);
    if (!present?.value.queued) return 'done';
    return { again: present as Held<Operation>, at: clock.now() };
  };

  return createKeyedLanes<LegKey, Held<Operation>>({
    work: {
      async load(tenant, key, limit) {
        const page = await store.find(tenant, deliveries, { index: 'byKey', equals: [key, true], limit });
        return page as Held<Operation>[];
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

function notCalled(error: unknown): DeliveryFailure {
  const reason = error instanceof Error ? error.message : 'unknown error';
  return new DeliveryFailure({ kind: 'retry', certain: true, reason }, { cause: error });
}

function interrupted(record: DeliveryRecord): DeliveryFailure {
  const reason = record.failure?.reason ?? 'interrupted while it was being sent; it may have gone out';
  return new DeliveryFailure({ kind: 'retry', certain: false, reason });
}

function lastFailure(record: DeliveryRecord): DeliveryFailure {
  const { reason = 'too old', certain = record.status !== 'sending' } = record.failure ?? {};
  return new DeliveryFailure({ kind: 'permanent', certain, reason });
}
