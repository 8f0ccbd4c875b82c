/**
 * Notices two automatic answers that answer each other: a customer's out-of-office reply and a tenant's text or a bot among the agents,
 * or a bot in the room that answers what Switchboard tells it. People do not take turns as often as that.
 */
export interface LoopGuard {
  /** Nothing went to the customer since they spoke: the next word is an answer. */
  readonly customerSpoke?: boolean;
  /** Answers to the customer, and answers of Switchboard in the room, of the last minute. */
  readonly toCustomer?: AnswerTimes;
  readonly inRoom?: AnswerTimes;
}

export interface AnswerTimes {
  /** Milliseconds since the epoch, oldest first; never more than may be in a minute. */
  readonly at: readonly number[];
  /** The agents were told that it is a loop. */
  readonly told?: boolean;
}

/** `new`: it is a loop, and the agents do not know yet. */
export type Loop = 'none' | 'new' | 'known';

const minuteMs = 60_000;

/** What an answer at this time would be. `mostPerMinute` 0: never a loop. */
export function loopAt(times: AnswerTimes | undefined, at: number, mostPerMinute: number): Loop {
  if (mostPerMinute === 0 || recent(times, at).length < mostPerMinute) return 'none';
  return times?.told === true ? 'known' : 'new';
}

/** The times with this answer, or with the telling that it was kept back. Who was told is told again after a minute without any answer. */
export function withAnswer(times: AnswerTimes | undefined, at: number, mostPerMinute: number): AnswerTimes {
  const before = recent(times, at);
  if (loopAt(times, at, mostPerMinute) !== 'none') return { at: before, told: true };
  const told = times?.told === true && before.length > 0;
  return { at: [...before, at], ...(told ? { told } : {}) };
}

function recent(times: AnswerTimes | undefined, at: number): readonly number[] {
  return (times?.at ?? []).filter((time) => time > at - minuteMs);
}
