import { createHash, createHmac } from 'node:crypto';

/**
 * Standard Webhooks (standardwebhooks.com): one `v1` signature with each secret, so that the other side may take the old one or the new one
 * while a secret is being changed. `at`: seconds. Secrets: base64, with or without `whsec_` in front.
 */
export function standardSignature(
  secrets: readonly string[],
  { id, at, body }: { readonly id: string; readonly at: number; readonly body: string },
): string {
  const signed = `${id}.${String(at)}.${body}`;
  return secrets
    .map((secret) => {
      const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
      return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
    })
    .join(' ');
}

/**
 * `X-Twilio-Signature`: HMAC-SHA1 over the URL and, of a form, each name and value in the order of the names' bytes.
 * Twilio: Security, "Validating requests are coming from Twilio".
 */
export function twilioSignature(
  authToken: string,
  url: string,
  form: Readonly<Record<string, string>> = {},
): string {
  const names = Object.keys(form).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const signed = url + names.map((name) => `${name}${form[name] ?? ''}`).join('');
  return createHmac('sha1', authToken).update(Buffer.from(signed, 'utf8')).digest('base64');
}

/** What Twilio puts into the query where the body is no form: then the URL's signature stands for the body, too. */
export function bodyDigest(body: string): string {
  return createHash('sha256').update(body, 'utf8').digest('hex');
}
