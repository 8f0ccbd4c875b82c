import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import type { HomeserverSettings } from './matrix-side.ts';
import {
  generateRegistration,
  readNamespace,
  registrationYaml,
  type Registration,
  type RegistrationWish,
} from './registration.ts';

/** One thing that is wrong with a registration file. Never quotes a token. */
export interface RegistrationProblem {
  /** Where in the file: `namespaces.users.0.regex`; empty: the file as a whole. */
  readonly path: string;
  readonly found: string;
  readonly expected: string;
}

export class RegistrationError extends Error {
  override readonly name = 'RegistrationError';
  readonly file: string;
  readonly problems: readonly RegistrationProblem[];
  constructor(file: string, problems: readonly RegistrationProblem[]) {
    super(
      problems
        .map(
          ({ path, found, expected }) =>
            `${file}: ${path === '' ? '' : `${path}: `}found ${found}, expected ${expected}`,
        )
        .join('\n'),
    );
    this.file = file;
    this.problems = problems;
  }
}

const token = z.string().min(8);
const namespaces = z.array(z.object({ exclusive: z.boolean(), regex: z.string() }));
const schema = z.object({
  id: z.string().min(1),
  url: z.string().min(1).nullable(),
  as_token: token,
  hs_token: token,
  sender_localpart: z.string().min(1),
  namespaces: z.object({ users: namespaces }),
});
const expectations: Readonly<Record<string, string>> = {
  id: 'a name',
  url: 'the address at which the homeserver reaches Switchboard, or null',
  as_token: 'a token of at least 8 characters',
  hs_token: 'a token of at least 8 characters',
  sender_localpart: "the localpart of the bridge bot's user id",
  namespaces: 'users: a list of { exclusive, regex }',
};

/**
 * What a registration file says, as far as we need it. `domain`: the homeserver's server name, to find a file that was made for
 * another one. @throws {RegistrationError} with all that is wrong at once
 */
export function readRegistration(
  file: string,
  options: { readonly domain?: string } = {},
): HomeserverSettings['registration'] {
  const found = parseFile(file);
  const problems: RegistrationProblem[] = [];
  const checked = schema.safeParse(found);
  if (!checked.success)
    throw new RegistrationError(
      file,
      checked.error.issues.map((issue) => ({
        path: issue.path.join('.'),
        found: describe(valueAt(found, issue.path)),
        expected: expectations[String(issue.path[0])] ?? 'the fields of a registration',
      })),
    );
  const { id, url, as_token, hs_token, sender_localpart } = checked.data;
  const users = checked.data.namespaces.users.filter(({ exclusive }) => exclusive);
  const ours = users.map(({ regex }) => readNamespace(regex)).find((space) => space !== undefined);
  if (ours === undefined)
    problems.push({
      path: 'namespaces.users',
      found: users.length === 0 ? 'no exclusive namespace' : users.map(({ regex }) => regex).join(', '),
      expected: 'an exclusive regex of the form @<prefix>.*:<server name>',
    });
  else {
    if (options.domain !== undefined && ours.domain !== undefined && ours.domain !== options.domain)
      problems.push({
        path: 'namespaces.users',
        found: `the server name ${ours.domain}`,
        expected: `${options.domain}, the homeserver's domain in the config file`,
      });
    if (!sender_localpart.startsWith(ours.prefix))
      problems.push({
        path: 'sender_localpart',
        found: sender_localpart,
        expected: `a localpart in the namespace, beginning with ${ours.prefix}`,
      });
  }
  // Both are ours, and of the same file.
  // eslint-disable-next-line no-restricted-syntax
  if (as_token === hs_token)
    problems.push({ path: 'hs_token', found: 'the same as as_token', expected: 'another token' });
  if (ours === undefined || problems.length > 0) throw new RegistrationError(file, problems);
  return {
    id,
    asToken: as_token,
    hsToken: hs_token,
    senderLocalpart: sender_localpart,
    prefix: ours.prefix,
    ...(url === null ? {} : { url }),
  };
}

/**
 * Writes a registration, readable by its owner only. Tokens of a file that is there already are kept, so that writing again (for
 * another address or prefix) does not lock Switchboard out. @throws {RegistrationError} when the file is there but is not a registration, or cannot be written
 */
export function writeRegistration(
  file: string,
  wish: Omit<RegistrationWish, 'tokens'>,
): { readonly registration: Registration; readonly keptTokens: boolean } {
  const keptTokens = existsSync(file);
  const registration = generateRegistration({ ...wish, ...(keptTokens ? { tokens: tokensOf(file) } : {}) });
  const part = `${file}.${process.pid}.part`;
  try {
    writeFileSync(part, registrationYaml(registration), { mode: 0o600 });
    renameSync(part, file);
  } catch (error) {
    throw new RegistrationError(file, [
      {
        path: '',
        found: `a place that cannot be written (${codeOf(error)})`,
        expected: 'a file in a folder that exists and that this user may write',
      },
    ]);
  }
  return { registration, keptTokens };
}

function tokensOf(file: string): { asToken: string; hsToken: string } {
  const checked = z.object({ as_token: token, hs_token: token }).safeParse(parseFile(file));
  if (!checked.success)
    throw new RegistrationError(file, [
      {
        path: '',
        found: 'a file without as_token and hs_token',
        expected: 'a registration, or no file (it is not overwritten)',
      },
    ]);
  return { asToken: checked.data.as_token, hsToken: checked.data.hs_token };
}

function parseFile(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8')) as unknown;
  } catch (error) {
    const code = codeOf(error);
    const found =
      code === 'ENOENT'
        ? 'no file'
        : code === 'EACCES'
          ? 'a file that may not be read'
          : 'something that is not YAML';
    throw new RegistrationError(file, [{ path: '', found, expected: 'a registration file (made with -r)' }]);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (typeof value === 'string')
    return value === '' ? 'an empty text' : `a text of ${value.length} characters`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return `a ${typeof value}`;
}
