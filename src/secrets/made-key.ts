import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fingerprint, makeSecretKey, readSecretKey, type SecretKey } from './secret-key.ts';

/** The name of the key file beside an embedded store, where the config file names no key. */
export const madeKeyFile = 'secrets-key';

export class BadKeyFile extends Error {
  override readonly name = 'BadKeyFile';
}

/** The key that was made here earlier, if there is one. @throws {BadKeyFile} */
export function readMadeKey(directory: string): SecretKey | undefined {
  const file = join(directory, madeKeyFile);
  if (!existsSync(file)) return undefined;
  const read = readSecretKey('', readFileSync(file, 'utf8'));
  if (read !== undefined) return { ...read, id: `made-${fingerprint(read)}` };
  throw new BadKeyFile(
    `${file}: found a file without a key, expected 32 bytes as base64: restore it from the backup`,
  );
}

/** The key of this directory, made now if there is none: a file that only its owner reads, on the disk before anything is sealed with it. */
export function madeKey(directory: string): SecretKey {
  const known = readMadeKey(directory);
  if (known !== undefined) return known;
  const file = join(directory, madeKeyFile);
  const written = openSync(`${file}.part`, 'w', 0o600);
  writeSync(written, `${makeSecretKey()}\n`);
  fsyncSync(written);
  closeSync(written);
  renameSync(`${file}.part`, file);
  const folder = openSync(dirname(file), 'r');
  fsyncSync(folder);
  closeSync(folder);
  return readMadeKey(directory)!;
}
