import { createHash, createSecretKey, randomBytes, type KeyObject } from 'node:crypto';

/** A key of AES-256 with the name under which ciphertexts know it. The bytes are in a KeyObject, which no log and no JSON shows. */
export interface SecretKey {
  readonly id: string;
  readonly key: KeyObject;
}

const keyBytes = 32;

/** Of a text that holds a key: 32 bytes as base64, base64url or hexadecimal, white space around it allowed. Undefined where it does not. */
export function readSecretKey(id: string, text: string): SecretKey | undefined {
  const written = text.trim();
  const bytes = /^[0-9a-fA-F]{64}$/.test(written)
    ? Buffer.from(written, 'hex')
    : /^[A-Za-z0-9+/_-]{43}=?$/.test(written)
      ? Buffer.from(written, 'base64')
      : undefined;
  return bytes?.length === keyBytes ? { id, key: createSecretKey(bytes) } : undefined;
}

/** A new key, as text for a file. */
export function makeSecretKey(): string {
  return randomBytes(keyBytes).toString('base64');
}

/** A name for a key that nobody named: the same for the same key, and telling nothing of it. */
export function fingerprint({ key }: Pick<SecretKey, 'key'>): string {
  return createHash('sha256').update('switchboard key id\n').update(key.export()).digest('hex').slice(0, 12);
}
