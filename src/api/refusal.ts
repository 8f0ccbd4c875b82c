import type { FieldProblem, Problem } from './problem.ts';

/** Thrown by an action: what the caller gets instead of an answer. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.problem = problem;
  }
}

export function notFound(detail: string): Refusal {
  return new Refusal({ status: 404, title: 'Not Found', detail });
}

export function badRequest(detail: string): Refusal {
  return new Refusal({ status: 400, title: 'Bad Request', detail });
}

export function conflict(detail: string, errors?: readonly FieldProblem[]): Refusal {
  return new Refusal({
    status: 409,
    title: 'Conflict',
    detail,
    ...(errors === undefined ? {} : { errors }),
  });
}

/** A parameter of the query, by name. */
export function badParameter(path: string, expected: string): Refusal {
  return new Refusal({
    status: 400,
    title: 'Bad Request',
    detail: `${path}: expected ${expected}.`,
    errors: [{ path, found: 'another value', expected }],
  });
}
