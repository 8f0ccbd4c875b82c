import { createHmac, timingSafeEqual } from 'node:crypto';

/** The header that carries the signature, in both directions. */
export const signatureHeader = 'x-loopback-signature';

/** HMAC-SHA256 in hex over method, target (path and query) and the raw body, so that none can be exchanged. */
export function sign(secret: string, method: string, target: string, body: Uint8Array | string): string {
  return createHmac('sha256', secret).update(`${method}\n${target}\n`).update(body).digest('hex');
}

/** Whether one of the secrets made the signature. Always tries all of them, so that the time tells nothing. */
export function isSignedBy(
  secrets: readonly string[],
  signature: string | undefined,
  method: string,
  target: string,
  body: Uint8Array,
): boolean {
  const found = Buffer.from(signature ?? '');
  let fits = false;
  for (const secret of secrets) {
    const expected = Buffer.from(sign(secret, method, target, body));
    if (found.length === expected.length && timingSafeEqual(found, expected)) fits = true;
  }
  return fits;
}
