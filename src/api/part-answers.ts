import { InputRefused, type InputProblem } from '../directory/kept/input-refused.ts';
import { NoSecretKey } from '../secrets/key-ring.ts';
import { PartNotChanged } from '../sessions/kept-directory/part-not-changed.ts';
import type { PartView } from '../sessions/kept-directory/part-view.ts';
import { ok, type ApiAnswer } from './api-answer.ts';
import { unprocessable } from './checked-body.ts';
import { withIsoTimes } from './iso-times.ts';
import { otherThanExpected } from './kept-conditions.ts';
import type { OperatorCall } from './operator-guard.ts';
import { pageById } from './page-by-id.ts';
import { conflict, notFound, type Refusal } from './refusal.ts';

/** A part as a caller sees it: its settings, and what is known of them. */
export function shownPart({ name, body, source, createdAt, changedAt, problem }: PartView): object {
  const times = withIsoTimes({
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(changedAt === undefined ? {} : { changedAt }),
  });
  return { id: name, ...body, source, ...times, ...(problem === undefined ? {} : { problem }) };
}

function headersOf({ tag }: Pick<PartView, 'tag'>): Record<string, string> {
  return tag === undefined ? {} : { etag: `"${tag}"` };
}

/** @throws {Refusal} */
export function partFound(view: PartView | undefined, what: string): ApiAnswer {
  if (view === undefined) throw notFound(`There is no such ${what}.`);
  return partAnswer(view, false);
}

export function partAnswer(view: PartView, isNew: boolean, shown = shownPart(view)): ApiAnswer {
  return { status: isNew ? 201 : 200, headers: headersOf(view), body: shown };
}

/** What a thing is and does at the moment, with the settings that make it so. */
export function settingsShown(shown: object, part: PartView | undefined): ApiAnswer {
  if (part === undefined) return ok(shown);
  return {
    status: 200,
    headers: headersOf(part),
    body: { ...shown, source: part.source, settings: part.body },
  };
}

/** Of what is not in use: why, where it is stored all the same. */
export function notUsed(what: string, part: PartView | undefined): Refusal {
  const problem = part?.problem === undefined ? '' : ` It is stored, but ${part.problem}`;
  return notFound(`There is no such ${what}.${problem}`);
}

/** One page of views, in order of name. */
export function partPage(views: readonly PartView[], query: OperatorCall['query']) {
  return pageById(views, ({ name }) => name, query);
}

/** `what`: `agent`; `fields`: names under which callers know fields of the schema. */
export async function orRefusePart<T>(
  what: string,
  work: () => Promise<T>,
  fields: Readonly<Record<string, string>> = {},
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof InputRefused) {
      const errors = error.problems.map((one) => renamed(one, fields));
      throw error.problems.every(({ isTaken }) => isTaken === true)
        ? conflict(`The ${what} cannot have what is somebody else’s.`, errors)
        : unprocessable(errors);
    }
    if (error instanceof NoSecretKey) throw conflict(error.message);
    if (!(error instanceof PartNotChanged)) throw error;
    switch (error.outcome) {
      case 'no such part':
        throw notFound(`There is no such ${what}.`);
      case 'declared in the config file':
        throw conflict(
          `The ${what} is declared in the config file: change it there, or take it out of there first.`,
        );
      case 'other than expected':
        throw otherThanExpected(`The ${what}`);
      case 'in use':
        throw conflict(`The ${what} is in use: ${error.because ?? 'others name it'}.`);
    }
  }
}

/** Nothing else of a problem is told: of which part it is, the caller knows. */
function renamed(
  { path, found, expected }: InputProblem,
  fields: Readonly<Record<string, string>>,
): InputProblem {
  const [first = '', ...rest] = path.split('.');
  const known = Object.hasOwn(fields, first) ? fields[first] : undefined;
  return { path: known === undefined ? path : [known, ...rest].join('.'), found, expected };
}
