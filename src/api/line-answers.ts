import { InputRefused } from '../directory/kept/input-refused.ts';
import { as, tenantIdPattern, type LineId } from '../platform/ids.ts';
import { NoSecretKey } from '../secrets/key-ring.ts';
import { LineNotChanged } from '../sessions/kept-lines/line-desk.ts';
import type { LineView } from '../sessions/kept-lines/line-view.ts';
import type { ApiAnswer } from './api-answer.ts';
import { unprocessable } from './checked-body.ts';
import { withIsoTimes } from './iso-times.ts';
import { otherThanExpected } from './kept-conditions.ts';
import { conflict, notFound, type Refusal } from './refusal.ts';

export function lineAnswerOf(status: number, view: LineView): ApiAnswer {
  return {
    status,
    body: shownLine(view),
    ...(view.tag === undefined ? {} : { headers: { etag: `"${view.tag}"` } }),
  };
}

export function shownLine({ tag: _tag, formerSecretsUntil, ...view }: LineView): object {
  const until =
    formerSecretsUntil === undefined
      ? {}
      : { formerSecretsUntil: new Date(formerSecretsUntil).toISOString() };
  return { ...withIsoTimes(view), ...until };
}

export function noLine(): Refusal {
  return notFound('There is no such line.');
}

export function newLineName(id: string): LineId {
  if (tenantIdPattern.test(id)) return as(id);
  throw unprocessable([
    { path: 'line', found: 'another name', expected: 'lower-case letters, digits and hyphens, at most 32' },
  ]);
}

export async function orRefuseLine<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof InputRefused) throw unprocessable(error.problems);
    if (error instanceof NoSecretKey) throw conflict(error.message);
    if (!(error instanceof LineNotChanged)) throw error;
    switch (error.outcome) {
      case 'no such line':
        throw noLine();
      case 'declared in the config file':
        throw conflict(
          'The line is declared in the config file: change it there, or take it out of there first.',
        );
      case 'other than expected':
        throw otherThanExpected('The line');
      case 'in use':
        throw conflict(`The line is in use: ${error.because ?? 'others name it'}.`);
    }
  }
}
