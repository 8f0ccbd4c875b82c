import type { DeliveryId } from '../../platform/ids.ts';
import type { FailedAttempt } from '../../delivery/attempt-trail.ts';
import type { ReceiptStatus } from '../../delivery/delivery.ts';
import type { KeptBackReason } from './kept-back.ts';
import type { LedgerFacts, Tried } from './ledger-facts.ts';

/** The sides that a message may be on its way to: the conversation's room, the customer on the line's network, an agent outside Matrix. */
export type Leg = 'room' | 'line' | 'endpoint';

/** What a step of a delivery is about. */
export interface OnLeg {
  readonly leg: Leg;
  readonly delivery: DeliveryId;
  /** A long message goes to a network in parts. */
  readonly part: number;
  readonly parts: number;
}

/** One thing that happened to a message. JSON data; times are milliseconds since the epoch, by our clock. */
export type Step = { readonly at: number } & (
  | { readonly step: 'accepted' }
  | { readonly step: 'relayed'; readonly to: readonly Leg[] }
  | { readonly step: 'keptBack'; readonly because: KeptBackReason }
  | { readonly step: 'setAside' }
  | (OnLeg & { readonly step: 'failedAttempt' } & Omit<FailedAttempt, 'at'>)
  | (OnLeg & { readonly step: 'attemptsLeftOut'; readonly count: number })
  /** `number`: the attempt that succeeded. `nativeId`: the network's answer. */
  | (OnLeg & { readonly step: 'taken'; readonly number: number; readonly nativeId?: string })
  | (OnLeg & { readonly step: 'receipt'; readonly status: ReceiptStatus; readonly reason?: string })
  | (OnLeg & { readonly step: 'gaveUp'; readonly status: 'failed' | 'unclear'; readonly reason: string })
  | (OnLeg & { readonly step: 'sentAgain'; readonly retryOf?: DeliveryId })
  | (OnLeg & { readonly step: 'dropped' })
);

/**
 * What happened to a message, in order. Pure. Times never go backwards: where a clock was set back, or a receipt overtook the answer
 * that it is about, a step bears the time of the one that it follows from.
 */
export function timelineOf(facts: LedgerFacts): Step[] {
  const accepted: Step = { step: 'accepted', at: facts.acceptedAt };
  switch (facts.fate) {
    case 'waiting':
      return [accepted];
    case 'keptBack':
      return inOrder([accepted, { step: 'keptBack', at: facts.decidedAt, because: facts.because }]);
    case 'setAside':
      return inOrder([accepted, { step: 'setAside', at: facts.setAsideAt }]);
    case 'relayed': {
      const legs = new Set(facts.tries.flatMap((tries) => tries.map(legOf)));
      const begun = inOrder([accepted, { step: 'relayed', at: facts.decidedAt, to: [...legs] }]);
      const since = begun.at(-1)?.at ?? 0;
      const rest = facts.tries.flatMap((tries) => tries.flatMap((one) => inOrder(stepsOf(one), since)));
      return [...begun, ...rest.sort((a, b) => a.at - b.at)];
    }
  }
}

/** What a service asks elsewhere carries no message and is in no timeline. */
export function legOf({ operation }: Tried): Leg {
  if (operation.on !== 'line') return 'room';
  return operation.operation.endpoint === undefined ? 'line' : 'endpoint';
}

/** Whether the other side took it: what failed later by a receipt was taken all the same. */
export function wasTaken({ nativeId, status }: Tried): boolean {
  return nativeId !== undefined || status === 'sent' || status === 'delivered' || status === 'read';
}

function stepsOf(record: Tried): Step[] {
  const about: OnLeg = { leg: legOf(record), delivery: record.id, ...partOf(record) };
  const { finishedAt = record.createdAt, failure } = record;
  const steps: Step[] = [];
  if (record.retryOf !== undefined)
    steps.push({ ...about, step: 'sentAgain', at: record.createdAt, retryOf: record.retryOf });
  steps.push(...attemptsOf(record, about));
  if (wasTaken(record)) {
    const answer = record.nativeId === undefined ? {} : { nativeId: record.nativeId };
    steps.push({ ...about, step: 'taken', at: finishedAt, number: record.attempts, ...answer });
  } else if (record.status === 'failed' || record.status === 'unclear') {
    const reason = failure?.reason ?? 'unknown';
    steps.push({ ...about, step: 'gaveUp', at: finishedAt, status: record.status, reason });
  }
  steps.push(...receiptsOf(record, about));
  if (record.droppedAt !== undefined) steps.push({ ...about, step: 'dropped', at: record.droppedAt });
  return steps;
}

function partOf({ operation }: Tried): { part: number; parts: number } {
  if (operation.on !== 'line' || operation.operation.kind === 'session') return { part: 1, parts: 1 };
  const { part, parts } = operation.operation;
  return { part, parts };
}

/** What was left out was made between the first and the last few, when exactly nobody knows: after the one before it. */
function attemptsOf({ trail }: Tried, about: OnLeg): Step[] {
  const kept = trail?.kept ?? [];
  const steps = kept.map((attempt): Step => ({ ...about, step: 'failedAttempt', ...attempt }));
  const count = trail?.leftOut ?? 0;
  const before = kept[kept.length / 2 - 1];
  if (count === 0 || before === undefined) return steps;
  const leftOut: Step = { ...about, step: 'attemptsLeftOut', at: before.at, count };
  return steps.toSpliced(kept.length / 2, 0, leftOut);
}

/** Steps of the way; who has come to one has passed those before it. */
const progress: readonly ReceiptStatus[] = ['sent', 'delivered', 'read'];

/** A step that was reported after a later one says nothing: networks report in any order. */
function isOvertaken(status: ReceiptStatus, receipts: NonNullable<Tried['receipts']>): boolean {
  const at = receipts[status] ?? 0;
  const stage = progress.indexOf(status);
  return stage >= 0 && progress.slice(stage + 1).some((later) => (receipts[later] ?? Infinity) <= at);
}

const order: readonly ReceiptStatus[] = ['sent', 'unclear', 'failed', 'delivered', 'read'];

function receiptsOf({ receipts = {}, failure, status: now }: Tried, about: OnLeg): Step[] {
  return order
    .flatMap((status): Step[] => {
      const at = receipts[status];
      if (at === undefined || isOvertaken(status, receipts)) return [];
      const reason = status === now && failure !== undefined ? { reason: failure.reason } : {};
      return [{ ...about, step: 'receipt', status, at, ...reason }];
    })
    .sort((a, b) => a.at - b.at);
}

/** Each step no earlier than the one that it follows from. */
function inOrder(steps: readonly Step[], since = 0): Step[] {
  let last = since;
  return steps.map((step) => {
    last = Math.max(last, step.at);
    return { ...step, at: last };
  });
}
