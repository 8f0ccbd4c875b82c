import { promises, type PromiseKind } from '../directory/service-levels.ts';
import type { OfferRecord, OfferState } from '../queues/offer-record.ts';
import type { SessionRecord } from './session.ts';

/** Milliseconds. */
export interface Durations {
  readonly avg: number;
  readonly min: number;
  readonly max: number;
}

/** How many were accepted or abandoned after at most, and after more than, so much waiting. */
export interface SplitByWait {
  readonly thresholdMs: number;
  readonly within: { readonly accepted: number; readonly abandoned: number };
  readonly beyond: { readonly accepted: number; readonly abandoned: number };
}

/** What came of the offers made and of the sessions opened in a time, as far as it is known now. */
export interface QueueStatistics {
  readonly offers: Readonly<Record<'created' | OfferState, number>>;
  readonly sessions: {
    readonly entered: number;
    /** Taken by an agent at least once. */
    readonly accepted: number;
    /** Closed before any agent took it. */
    readonly abandoned: number;
    /** Neither yet. */
    readonly waiting: number;
  };
  /** In queues, until an agent took the session first; absent where none was taken. */
  readonly untilAccepted?: Durations;
  /** In queues, until the session was closed; absent where none was abandoned. */
  readonly untilAbandoned?: Durations;
  readonly split: readonly SplitByWait[];
  readonly serviceLevel: ServiceLevel;
  readonly estimates: EstimateError;
  /** Of the promises made under `serviceLevels`, those of which it is known; a session can promise several answers. */
  readonly promises: Readonly<Record<PromiseKind, PromisesKept>>;
}

/** How far estimates of the wait were from what it was. Milliseconds; absent where none was made. */
export interface EstimateError {
  /** Accepted sessions whose wait had been estimated. */
  readonly count: number;
  /** Accepted sessions that had waited long enough to be told, and whose estimate was hidden. */
  readonly hidden: number;
  readonly meanAbsoluteError?: number;
  /** On average, estimate less wait: above 0, customers were told too much. */
  readonly meanError?: number;
  /** What they waited from then on. */
  readonly meanWait?: number;
}

export interface PromisesKept {
  readonly kept: number;
  readonly of: number;
  /** kept / of; absent where it is 0 of 0. */
  readonly share?: number;
}

export interface ServiceLevel {
  readonly withinMs: number;
  /** Accepted in time. */
  readonly kept: number;
  /** Accepted, abandoned, or waiting longer than promised: those of which it is known whether the promise was kept. */
  readonly of: number;
  /** kept / of; absent where it is 0 of 0. */
  readonly share?: number;
}

/** Counts one record after the other, so that none of them need be kept. */
export class QueueTally {
  readonly #promisedMs: number;
  readonly #now: number;
  readonly #offers = {
    created: 0,
    pending: 0,
    accepted: 0,
    rejected: 0,
    timeout: 0,
    cancelled: 0,
    rescinded: 0,
  };
  readonly #accepted = new Waits();
  readonly #abandoned = new Waits();
  readonly #split: { thresholdMs: number; within: Ends; beyond: Ends }[];
  readonly #estimates = new EstimateErrors();
  readonly #promises = promises.map((kind) => ({ kind, kept: 0, broken: 0 }));
  #waiting = 0;
  #kept = 0;
  #overdue = 0;

  constructor(rules: {
    readonly promisedMs: number;
    readonly thresholdsMs: readonly number[];
    readonly now: number;
  }) {
    this.#promisedMs = rules.promisedMs;
    this.#now = rules.now;
    this.#split = rules.thresholdsMs.map((thresholdMs) => ({
      thresholdMs,
      within: { accepted: 0, abandoned: 0 },
      beyond: { accepted: 0, abandoned: 0 },
    }));
  }

  offer({ state }: OfferRecord): void {
    this.#offers.created += 1;
    this.#offers[state] += 1;
  }

  session(session: SessionRecord): void {
    const { acceptedAt, waitedUntilAcceptedMs, state, waitedMs = 0, waitingSince, openedAt } = session;
    for (const counts of this.#promises) {
      counts.kept += session.promises?.kept[counts.kind] ?? 0;
      counts.broken += session.promises?.broken[counts.kind] ?? 0;
    }
    if (acceptedAt !== undefined) {
      // Who was left and waited again has waited longer in all than until the first agent: of earlier versions' sessions that much is known.
      const wait = waitedUntilAcceptedMs ?? Math.max(0, Math.min(waitedMs, acceptedAt - openedAt));
      this.#accepted.add(wait);
      this.#estimates.add(session.estimated);
      this.#divide(wait, 'accepted');
      if (wait <= this.#promisedMs) this.#kept += 1;
    } else if (state === 'closed') {
      this.#abandoned.add(waitedMs);
      this.#divide(waitedMs, 'abandoned');
    } else {
      this.#waiting += 1;
      const wait = waitedMs + this.#now - (waitingSince ?? this.#now);
      if (wait > this.#promisedMs) this.#overdue += 1;
    }
  }

  #divide(wait: number, end: keyof Ends): void {
    for (const { thresholdMs, within, beyond } of this.#split)
      (wait <= thresholdMs ? within : beyond)[end] += 1;
  }

  result(): QueueStatistics {
    const accepted = this.#accepted.count;
    const abandoned = this.#abandoned.count;
    const of = accepted + abandoned + this.#overdue;
    const untilAccepted = this.#accepted.durations();
    const untilAbandoned = this.#abandoned.durations();
    return {
      offers: { ...this.#offers },
      sessions: {
        entered: accepted + abandoned + this.#waiting,
        accepted,
        abandoned,
        waiting: this.#waiting,
      },
      ...(untilAccepted === undefined ? {} : { untilAccepted }),
      ...(untilAbandoned === undefined ? {} : { untilAbandoned }),
      split: this.#split,
      serviceLevel: {
        withinMs: this.#promisedMs,
        kept: this.#kept,
        of,
        ...(of === 0 ? {} : { share: this.#kept / of }),
      },
      estimates: this.#estimates.result(),
      promises: Object.fromEntries(
        this.#promises.map(({ kind, kept, broken }) => [kind, shareOf(kept, kept + broken)]),
      ) as Record<PromiseKind, PromisesKept>,
    };
  }
}

function shareOf(kept: number, of: number): PromisesKept {
  return { kept, of, ...(of === 0 ? {} : { share: kept / of }) };
}

interface Ends {
  accepted: number;
  abandoned: number;
}

class EstimateErrors {
  #count = 0;
  #hidden = 0;
  #absolute = 0;
  #signed = 0;
  #waited = 0;

  add(estimated: SessionRecord['estimated']): void {
    if (estimated === undefined) return;
    const { saidMs, wasMs } = estimated;
    if (saidMs === undefined) {
      this.#hidden += 1;
      return;
    }
    this.#count += 1;
    this.#absolute += Math.abs(saidMs - wasMs);
    this.#signed += saidMs - wasMs;
    this.#waited += wasMs;
  }

  result(): EstimateError {
    const about = { count: this.#count, hidden: this.#hidden };
    if (this.#count === 0) return about;
    return {
      ...about,
      meanAbsoluteError: this.#absolute / this.#count,
      meanError: this.#signed / this.#count,
      meanWait: this.#waited / this.#count,
    };
  }
}

class Waits {
  count = 0;
  #sum = 0;
  #min = Infinity;
  #max = 0;

  add(wait: number): void {
    this.count += 1;
    this.#sum += wait;
    this.#min = Math.min(this.#min, wait);
    this.#max = Math.max(this.#max, wait);
  }

  durations(): Durations | undefined {
    if (this.count === 0) return undefined;
    return { avg: this.#sum / this.count, min: this.#min, max: this.#max };
  }
}
