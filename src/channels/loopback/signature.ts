import { createHmac, timingSafeEqual } from 'node:crypto';

/** The header that carries the signature, in both directions. */
export const signatureHeader = 'x-loopback-signature';

/** HMAC-SHA256 in hex over method, target (path and query) and the raw body, so that none can be exchanged. */
export function sign(secret: string, method: string, target: string, body: Uint8Array | string): string {
  return createHmac('sha256', secret).update(`${method}\n${target}\n`).update(body).digest('hex');
}

export function isSignedBy(
  secret: string,
  signature: string | undefined,
  method: string,
  target: string,
  body: Uint8Array,
): boolean {
  const expected = Buffer.from(sign(secret, method, target, body));
  const found = Buffer.from(signature ?? '');
  return found.length === expected.length && timingSafeEqual(found, expected);
}
