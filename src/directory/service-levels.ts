/** Until when the customer is promised what, in open time of the queue's calendar (Zammad's three timers). Milliseconds; absent: no promise. */
export interface ServiceLevels {
  /** The first word of an agent, from when the session opened. */
  readonly firstAnswerMs?: number;
  /** An agent's word after one of the customer's. */
  readonly nextAnswerMs?: number;
  /** The end of the session, from when it opened. */
  readonly solutionMs?: number;
  /** Of the time, when agents are warned: 0.75 is three quarters. */
  readonly warnAt: number;
  /** Points of priority that a waiting session gains with a warning, and again when the promise is broken. */
  readonly raisePriority: number;
}

export const promises = ['firstAnswer', 'nextAnswer', 'solution'] as const;
export type PromiseKind = (typeof promises)[number];
