import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { parse, stringify } from 'node:querystring';
import type { Form } from './form.ts';

export const signatureHeader = 'x-twilio-signature';

/**
 * Base64 of HMAC-SHA1 over the URL and, sorted by name, each parameter's name and value; of a repeated name each different
 * value, sorted. Source: Twilio's "Security" page; compared with npm twilio in the tests.
 */
export function twilioSignature(authToken: string, url: string, form: Form): string {
  const hmac = createHmac('sha1', authToken).update(url);
  for (const name of [...form.keys()].sort()) {
    for (const value of [...new Set(form.get(name))].sort()) hmac.update(name + value);
  }
  return hmac.digest('base64');
}

/**
 * Whether one of the tokens made the signature, for the URL with or without its port, as it is or re-encoded: Twilio's own
 * back ends differ in that. Always tries every combination, so that the time tells nothing.
 */
export function isSignedByTwilio(
  authTokens: readonly string[],
  signature: string | undefined,
  url: string,
  form: Form,
): boolean {
  const found = Buffer.from(signature ?? '');
  let fits = false;
  for (const variant of urlVariants(url)) {
    for (const token of authTokens) {
      const expected = Buffer.from(twilioSignature(token, variant, form));
      if (found.length === expected.length && timingSafeEqual(found, expected)) fits = true;
    }
  }
  return fits;
}

/** Bodies that are no form are signed through their hash, which stands in the signed URL. */
export function hasBodyHash(query: string, body: Uint8Array): boolean {
  const expected = Buffer.from(createHash('sha256').update(body).digest('hex'));
  const found = Buffer.from(new URLSearchParams(query).get('bodySHA256') ?? '');
  return found.length === expected.length && timingSafeEqual(found, expected);
}

function urlVariants(url: string): ReadonlySet<string> {
  const normalised = new URL(url).toString();
  const asTheyAre = [url, normalised].flatMap((each) => [withoutPort(each), withPort(each)]);
  return new Set([...asTheyAre, ...asTheyAre.map(withLegacyQuery)]);
}

const urlPattern = /^(https?):\/\/((?:[^/?#@]*@)?)(\[[^\]]*\]|[^/?#:]*)(:\d+)?(.*)$/is;

function withoutPort(url: string): string {
  return url.replace(urlPattern, '$1://$2$3$5');
}

function withPort(url: string): string {
  const [, scheme = '', user = '', host = '', port, rest = ''] = urlPattern.exec(url) ?? [];
  const standard = scheme.toLowerCase() === 'https' ? ':443' : ':80';
  return `${scheme}://${user}${host}${port ?? standard}${rest}`;
}

function withLegacyQuery(url: string): string {
  const [before = '', ...query] = url.split('?');
  return query.length === 0 || query[0] === '' ? url : `${before}?${stringify(parse(query.join('?')))}`;
}
