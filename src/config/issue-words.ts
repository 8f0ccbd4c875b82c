import type { z } from 'zod';
import type { ConfigProblem } from './config-error.ts';

/** What a schema complains about, in words for people. `isSecret` says whether a value at a path must not be shown. */
export function problemsOf(
  issues: readonly z.core.$ZodIssue[],
  input: unknown,
  prefix: readonly PropertyKey[],
  isSecret: (path: readonly PropertyKey[]) => boolean,
): ConfigProblem[] {
  return issues.flatMap((issue) => {
    const path = [...prefix, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        path: [...path, key].map(String).join('.'),
        found: 'a setting that does not exist',
        expected: 'one that does: see config/config.sample.yaml',
      }));
    }
    const value = issue.path.reduce<unknown>(
      (inner, key) =>
        typeof inner === 'object' && inner !== null
          ? (inner as Record<PropertyKey, unknown>)[key]
          : undefined,
      input,
    );
    const found = isSecret(path) && value !== undefined ? 'a secret of another form' : describe(value);
    return [{ path: path.map(String).join('.'), found, expected: expectation(issue) }];
  });
}

export function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'an empty value';
  if (typeof value === 'string') return value === '' ? 'an empty text' : JSON.stringify(value.slice(0, 80));
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return Array.isArray(value) ? `a list of ${String(value.length)}` : 'a group of settings';
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a group of settings',
  record: 'a group of settings',
  array: 'a list',
};

const formatNames: Readonly<Record<string, string>> = {
  url: 'a web address beginning with http:// or https://',
  email: 'an e-mail address',
};

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return typeNames[issue.expected] ?? issue.expected;
    case 'too_small':
      return `${measure(issue.origin)} of at least ${String(issue.minimum)}`;
    case 'too_big':
      return `${measure(issue.origin)} of at most ${String(issue.maximum)}`;
    case 'invalid_value':
      return `one of ${issue.values.map(String).join(', ')}`;
    case 'invalid_format':
      return formatNames[issue.format] ?? plain(issue.message);
    case 'invalid_key':
      return issue.issues.map((inner) => plain(inner.message)).join(', ');
    case 'invalid_union': {
      const each = issue.errors.flatMap(([first]) => (first === undefined ? [] : [expectation(first)]));
      return each.length === 0 ? 'one of those that the documentation has' : [...new Set(each)].join(', or ');
    }
    default:
      return plain(issue.message);
  }
}

function measure(origin: string): string {
  if (origin === 'string') return 'a text with a length';
  return origin === 'array' || origin === 'set' ? 'a list with a length' : 'a number';
}

function plain(message: string): string {
  return message.replace(/^Invalid input: expected /, '');
}
