import type { z } from 'zod';
import { Refusal } from './refusal.ts';

/** One thing that is wrong with what a caller sent. */
export interface FieldProblem {
  readonly path: string;
  readonly found: string;
  readonly expected: string;
}

/**
 * A body by its schema, whose messages say what was expected.
 * @throws {Refusal} 422 that names each wrong field
 */
export function checkedBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const read = schema.safeParse(body);
  if (read.success) return read.data;
  throw unprocessable(read.error.issues.flatMap((issue) => problemsOf(issue, body)));
}

export function unprocessable(errors: readonly FieldProblem[]): Refusal {
  const [first] = errors;
  return new Refusal({
    status: 422,
    title: 'Unprocessable Content',
    ...(first === undefined
      ? {}
      : { detail: `${first.path}: found ${first.found}, expected ${first.expected}.` }),
    errors,
  });
}

const mostNamed = 20;

function problemsOf(issue: z.core.$ZodIssue, body: unknown): FieldProblem[] {
  const path = (last: readonly PropertyKey[] = []): string =>
    [...issue.path, ...last].map((key) => String(key).slice(0, 80)).join('.') || 'body';
  if (issue.code === 'unrecognized_keys')
    return issue.keys
      .slice(0, mostNamed)
      .map((key) => ({ path: path([key]), found: 'an unknown field', expected: 'no such field' }));
  if (issue.code === 'invalid_key')
    return [
      {
        path: path(),
        found: 'another name',
        expected: issue.issues.map(({ message }) => message).join(', '),
      },
    ];
  return [{ path: path(), found: kindOf(valueAt(body, issue.path)), expected: issue.message }];
}

function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    body,
  );
}

/** Never the value itself: what somebody sends to the wrong field may be a secret. */
function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'boolean'
    ? 'true or false'
    : typeof value === 'string'
      ? 'another text'
      : 'another number';
}
