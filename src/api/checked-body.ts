import type { z } from 'zod';
import type { FieldProblem } from './problem.ts';
import { Refusal } from './refusal.ts';

export type { FieldProblem } from './problem.ts';

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
  const place = (...last: readonly PropertyKey[]): Pick<FieldProblem, 'path' | 'pointer'> => {
    const names = [...issue.path, ...last].map((key) => String(key).slice(0, 80));
    return { path: names.join('.') || 'body', pointer: pointerTo(names) };
  };
  if (issue.code === 'unrecognized_keys')
    return issue.keys
      .slice(0, mostNamed)
      .map((key) => ({ ...place(key), found: 'an unknown field', expected: 'no such field' }));
  if (issue.code === 'invalid_key')
    return [
      {
        ...place(),
        found: 'another name',
        expected: issue.issues.map(({ message }) => message).join(', '),
      },
    ];
  return [{ ...place(), found: kindOf(valueAt(body, issue.path)), expected: issue.message }];
}

/** RFC 6901, section 6. */
function pointerTo(names: readonly string[]): string {
  const escaped = names.map((name) => encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1')));
  return ['#', ...escaped].join('/');
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
