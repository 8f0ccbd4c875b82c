import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppServiceRegistration } from 'matrix-appservice-bridge';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import {
  readRegistration,
  RegistrationError,
  writeRegistration,
} from '../../src/matrix/registration-file.ts';
import {
  generateRegistration,
  readNamespace,
  registrationYaml,
  sampleRegistration,
} from '../../src/matrix/registration.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'switchboard-registration-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});
const wish = { id: 'switchboard', url: 'http://127.0.0.1:9009', prefix: '_sb.+', domain: 'example.org' };
const file = (): string => join(directory, 'registration.yaml');

function problems(act: () => unknown): RegistrationError {
  try {
    act();
  } catch (error) {
    if (error instanceof RegistrationError) return error;
    throw error;
  }
  throw new Error('expected a RegistrationError');
}

test('what is written is read again', () => {
  const { registration, keptTokens } = writeRegistration(file(), wish);
  expect(keptTokens).toBe(false);
  expect(readRegistration(file(), { domain: 'example.org' })).toEqual({
    id: 'switchboard',
    asToken: registration.as_token,
    hsToken: registration.hs_token,
    senderLocalpart: '_sb.+bot',
    prefix: '_sb.+',
    url: 'http://127.0.0.1:9009',
  });
  expect(registration.as_token).not.toBe(registration.hs_token);
  expect(registration.as_token).toMatch(/^[\w-]{43}$/);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
});

test('matrix-appservice-bridge, which other bridges use, reads it too', () => {
  const registration = generateRegistration(wish);
  const read = AppServiceRegistration.fromObject(parse(registrationYaml(registration)) as never);
  expect(read.getOutput()).toMatchObject({
    id: 'switchboard',
    rate_limited: false,
    'de.sorunome.msc2409.push_ephemeral': true,
    namespaces: { users: registration.namespaces.users, aliases: registration.namespaces.aliases },
  });
  expect(read.isUserMatch('@_sb.+x:example.org', true)).toBe(true);
  expect(read.isUserMatch('@_sb__x:example.org', true)).toBe(false);
  expect(read.isUserMatch('@_sb.+x:exampleXorg', true)).toBe(false);
});

test('writing again keeps the tokens and takes the rest anew', () => {
  const first = writeRegistration(file(), wish).registration;
  const again = writeRegistration(file(), { ...wish, url: 'https://new.example.org', prefix: '_new_' });
  expect(again.keptTokens).toBe(true);
  expect(again.registration.as_token).toBe(first.as_token);
  expect(again.registration.hs_token).toBe(first.hs_token);
  expect(again.registration.url).toBe('https://new.example.org');
});

test('a file that is something else is not overwritten', () => {
  writeFileSync(file(), 'precious: true\n');
  expect(problems(() => writeRegistration(file(), wish)).message).toContain('as_token');
  expect(readFileSync(file(), 'utf8')).toBe('precious: true\n');
});

test.each([
  ['no file', undefined, '', 'no file'],
  ['no YAML', '{ "a": [', '', 'not YAML'],
  ['a list', '- a\n', '', 'a list of 1'],
])('%s', (_, text, path, found) => {
  if (text !== undefined) writeFileSync(file(), text);
  const error = problems(() => readRegistration(file()));
  expect(error.message).toContain(file());
  expect(error.problems[0]?.path).toBe(path);
  expect(error.problems[0]?.found).toContain(found);
});

test('all that is wrong is said at once, without tokens', () => {
  const good = generateRegistration(wish);
  writeFileSync(
    file(),
    stringify({ ...good, as_token: 'short', hs_token: undefined, sender_localpart: 5, url: '' }),
  );
  const error = problems(() => readRegistration(file()));
  expect(error.problems.map(({ path }) => path)).toEqual(['url', 'as_token', 'hs_token', 'sender_localpart']);
  expect(error.message).not.toContain('short');
});

test.each<[string, object, string]>([
  [
    'another server',
    { namespaces: { users: [{ exclusive: true, regex: '@_sb_.*:other.org' }] } },
    'namespaces.users',
  ],
  ['no namespace', { namespaces: { users: [] } }, 'namespaces.users'],
  [
    'one that is not exclusive',
    { namespaces: { users: [{ exclusive: false, regex: '@_sb_.*:example.org' }] } },
    'namespaces.users',
  ],
  [
    'a namespace of another form',
    { namespaces: { users: [{ exclusive: true, regex: '@(a|b)_.*' }] } },
    'namespaces.users',
  ],
  ['a sender elsewhere', { sender_localpart: 'bot' }, 'sender_localpart'],
  ['one token for both', { hs_token: 'same-token', as_token: 'same-token' }, 'hs_token'],
])('%s', (_, change, path) => {
  writeFileSync(file(), stringify({ ...generateRegistration(wish), ...change }));
  const error = problems(() => readRegistration(file(), { domain: 'example.org' }));
  expect(error.problems.map((problem) => problem.path)).toContain(path);
});

test('a namespace written by hand, without escapes', () => {
  expect(readNamespace('@_sb_.*:example.org')).toEqual({ prefix: '_sb_', domain: 'example.org' });
  expect(readNamespace('@_sb_.*:example\\.org')).toEqual({ prefix: '_sb_', domain: 'example.org' });
  expect(readNamespace('@.*')).toBeUndefined();
});

test.each(['', 'UPPER', 'a b', 'a:b', 'x'.repeat(65)])('%j is no prefix', (prefix) => {
  expect(() => generateRegistration({ ...wish, prefix })).toThrow(RangeError);
});

test('the sample in registration/ is what the generator gives', () => {
  const sample = new URL('../../registration/sample-registration.yaml', import.meta.url);
  expect(readFileSync(sample, 'utf8')).toBe(sampleRegistration());
});
