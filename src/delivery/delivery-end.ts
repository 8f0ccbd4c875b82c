import { addAttempt, type FailedAttempt } from './attempt-trail.ts';
import type { DeliveryFailure, DeliveryRecord, DeliveryStatus } from './delivery.ts';

/** Pure: the record as it is after each thing that can happen to a delivery on its way out. */

/** Before a call to a side that does not recognise a delivery sent twice: after a crash this tells that it may have gone out. */
export function underWay<Operation>(
  record: DeliveryRecord<Operation>,
  now: number,
): DeliveryRecord<Operation> {
  const noted = withInterruption(record, now);
  return { ...noted, status: 'sending', attempts: record.attempts + 1 };
}

/** The same with the attempt that an earlier run began and never ended, if there is one. */
export function withInterruption<Operation>(
  record: DeliveryRecord<Operation>,
  now: number,
): DeliveryRecord<Operation> {
  const { status, attempts, trail } = record;
  if (status !== 'sending' || trail?.kept.at(-1)?.number === attempts) return record;
  const reason = 'interrupted while it was being sent; it may have gone out';
  return {
    ...record,
    trail: addAttempt(trail, { number: attempts, at: now, kind: 'interrupted', reason, certain: false }),
  };
}

export function taken<Operation>(
  record: DeliveryRecord<Operation>,
  nativeId: string | undefined,
  now: number,
): DeliveryRecord<Operation> {
  const { failure, ...rest } = record;
  if (failure !== undefined) return taken(rest, nativeId, now);
  const after = { ...record, status: 'sent' as const, queued: false, finishedAt: now };
  return nativeId === undefined ? after : { ...after, nativeId };
}

/** Waits for another attempt. It stays `sending` while it may be out already. */
export function delayed<Operation>(
  record: DeliveryRecord<Operation>,
  failure: DeliveryFailure,
  at: number,
  now: number,
): DeliveryRecord<Operation> {
  return {
    ...record,
    trail: addAttempt(record.trail, { ...failedAttempt(record, failure, now), nextAt: at }),
    status: mayBeOut(record, failure) ? 'sending' : 'pending',
    nextAttemptAt: at,
    failure: inWords(record, failure),
  };
}

/** `tried`: the failure is an attempt's own, not the reason why none is made any more. */
export function ended<Operation>(
  record: DeliveryRecord<Operation>,
  status: Extract<DeliveryStatus, 'failed' | 'unclear'>,
  failure: DeliveryFailure,
  now: number,
  tried: boolean,
): DeliveryRecord<Operation> {
  return {
    ...record,
    ...(tried ? { trail: addAttempt(record.trail, failedAttempt(record, failure, now)) } : {}),
    status,
    trouble: status,
    queued: false,
    finishedAt: now,
    failure: inWords(record, failure),
  };
}

function failedAttempt(record: DeliveryRecord, failure: DeliveryFailure, now: number): FailedAttempt {
  const { kind, reason, certain } = failure;
  return { number: record.attempts, at: now, kind, reason, certain };
}

/** Whether an earlier attempt may have gone out. */
export function unclearBefore(record: DeliveryRecord): boolean {
  return record.status === 'sending' || record.failure?.certain === false;
}

/** An attempt that certainly did not go out does not make an earlier one certain. */
function mayBeOut(record: DeliveryRecord, failure: DeliveryFailure): boolean {
  return !failure.certain || record.failure?.certain === false;
}

function inWords(record: DeliveryRecord, failure: DeliveryFailure): NonNullable<DeliveryRecord['failure']> {
  return { kind: failure.kind, reason: failure.reason, certain: !mayBeOut(record, failure) };
}

/** Whether the conversation wants to hear of this end. */
export function isTold(record: DeliveryRecord): boolean {
  if (record.tell === 'always') return true;
  return record.tell === 'failure' && (record.status === 'failed' || record.status === 'unclear');
}
