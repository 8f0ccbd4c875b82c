import { createHmac, randomBytes } from 'node:crypto';

/** Standard Webhooks writes secrets so. */
const prefix = 'whsec_';

/** 192 bits, as Standard Webhooks wants 24 to 64 bytes. */
export function makeHookSecret(): string {
  return `${prefix}${randomBytes(24).toString('base64')}`;
}

/**
 * Headers that sign what is sent, as Standard Webhooks 1.0 has it: HMAC-SHA256 over id, time and body, once with each secret that holds.
 * @param at when it is sent, in milliseconds: receivers refuse what is older than five minutes.
 */
export function signedHeaders(
  secrets: readonly string[],
  { id, at, body }: { readonly id: string; readonly at: number; readonly body: string },
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(at / 1000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(prefix.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
