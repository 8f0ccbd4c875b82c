import type { PromiseKind, ServiceLevels } from '../../directory/service-levels.ts';
import type { Hours } from '../../routing/hours/hours.ts';

/** A promise to the customer that stands. Times are milliseconds since the epoch. */
export interface OpenPromise {
  readonly since: number;
  readonly warnAt: number;
  readonly dueAt: number;
  readonly state: 'running' | 'warned' | 'broken';
}

/** The promises of a session: those that stand, and how many came to what. */
export interface SessionPromises {
  readonly open: Readonly<Partial<Record<PromiseKind, OpenPromise>>>;
  readonly kept: Readonly<Partial<Record<PromiseKind, number>>>;
  readonly broken: Readonly<Partial<Record<PromiseKind, number>>>;
}

export const noPromises: SessionPromises = { open: {}, kept: {}, broken: {} };

const lengthOf: Readonly<Record<PromiseKind, (levels: ServiceLevels) => number | undefined>> = {
  firstAnswer: ({ firstAnswerMs }) => firstAnswerMs,
  nextAnswer: ({ nextAnswerMs }) => nextAnswerMs,
  solution: ({ solutionMs }) => solutionMs,
};

/** Until when, in open time where there are hours. Undefined: nothing is promised, or it would never be due. */
export function openPromise(
  kind: PromiseKind,
  since: number,
  levels: ServiceLevels,
  hours: Hours | undefined,
): OpenPromise | undefined {
  const length = lengthOf[kind](levels);
  if (length === undefined) return undefined;
  const after = (ms: number): number | undefined =>
    hours === undefined ? since + ms : hours.addOpenTime(since, ms);
  const [warnAt, dueAt] = [after(length * levels.warnAt), after(length)];
  if (warnAt === undefined || dueAt === undefined) return undefined;
  return { since, warnAt, dueAt, state: 'running' };
}

/** As agents read them. */
export const promiseWords: Readonly<Record<PromiseKind, string>> = {
  firstAnswer: 'a first answer',
  nextAnswer: 'an answer',
  solution: 'a solution',
};
