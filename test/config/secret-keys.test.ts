import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { ConfigError } from '../../src/config/config-error.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { makeSecretKey } from '../../src/secrets/secret-key.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'switchboard-keys-'));
  file = join(directory, 'config.yaml');
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function write(keys: unknown): void {
  writeFileSync(file, stringify({ homeservers: {}, secrets: { keys } }));
}

function said(keys: unknown, environment: Record<string, string> = {}): string {
  write(keys);
  try {
    loadConfig(file, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.replaceAll(`${directory}/`, '');
    throw error;
  }
  return '';
}

describe('secrets.keys', () => {
  it('come from files beside the config file and from the environment, in their order', () => {
    writeFileSync(join(directory, 'one'), `${makeSecretKey()}\n`);
    write([
      { id: 'new', env: 'KEY' },
      { id: 'old', file: 'one' },
    ]);
    const { secretKeys } = loadConfig(file, { KEY: makeSecretKey() });
    expect(secretKeys.map(({ id }) => id)).toEqual(['new', 'old']);
  });

  it('are read anew when asked, files too', () => {
    writeFileSync(join(directory, 'one'), makeSecretKey());
    write([{ id: 'old', file: 'one' }]);
    const settings = loadConfig(file, {});
    writeFileSync(join(directory, 'two'), makeSecretKey());
    write([
      { id: 'new', file: 'two' },
      { id: 'old', file: 'one' },
    ]);
    expect(settings.secretKeys.map(({ id }) => id)).toEqual(['old']);
    expect(settings.rereadSecretKeys().map(({ id }) => id)).toEqual(['new', 'old']);
    write([{ id: 'new', file: 'gone' }]);
    expect(() => settings.rereadSecretKeys()).toThrow(
      'secrets.keys.0.file: found a file that cannot be read',
    );
  });

  it.each([
    [
      [{ id: 'a', file: 'none' }],
      'secrets.keys.0.file: found a file that cannot be read, expected a file with 32 bytes',
    ],
    [
      [{ id: 'a', env: 'NONE' }],
      'secrets.keys.0.env: found no variable NONE, expected one that holds 32 bytes',
    ],
    [
      [{ id: 'a', env: 'SHORT' }],
      'secrets.keys.0.env: found what is no key, expected 32 bytes in base64 or hexadecimal',
    ],
    [[{ id: 'a' }], 'secrets.keys.0: found neither file nor env, expected one of them'],
    [[{ id: 'a', env: 'KEY', file: 'x' }], 'secrets.keys.0: found file and env, expected one of them'],
    [
      [
        { id: 'a', env: 'KEY' },
        { id: 'a', env: 'KEY' },
      ],
      'secrets.keys.1.id: found "a", which keys.0 has',
    ],
    [[{ id: 'A b', env: 'KEY' }], 'secrets.keys.0.id: found "A b", expected lower-case letters'],
    ['x', 'secrets.keys: found "x", expected a list'],
  ])('%j: the mistake is named, and no key is quoted', (keys, message) => {
    const found = said(keys, { KEY: makeSecretKey(), SHORT: 'hunter2' });
    expect(found).toContain(`config.yaml: ${message}`);
    expect(found).not.toContain('hunter2');
  });
});
