import { createHash } from 'node:crypto';

/**
 * An id that is the same whenever it is made of the same parts. 32 URL-safe characters (192 bits of SHA-256), so that
 * no two inputs met in practice share one. Parts are length-prefixed: `('ab','c')` and `('a','bc')` differ.
 */
export function derivedId<Id extends string>(...parts: readonly (string | number)[]): Id {
  const hash = createHash('sha256');
  for (const part of parts) {
    const text = String(part);
    hash.update(`${Buffer.byteLength(text)}:`).update(text);
  }
  return hash.digest('base64url').slice(0, 32) as Id;
}
