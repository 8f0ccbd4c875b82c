import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../platform/clock.ts';
import { as, type TenantId } from '../platform/ids.ts';
import { parseJson } from '../platform/parse-json.ts';
import type { MediaReference } from '../message/message.ts';

export interface SignedLinks {
  /** A URL under which whoever holds it gets the file, until it expires. */
  sign(tenant: TenantId, reference: MediaReference, validForSeconds: number): string;
  /** What a link's token (the last part of its path) stands for. `bad`: not made by us, or changed. */
  verify(
    token: string,
  ): { readonly tenant: TenantId; readonly reference: MediaReference } | 'bad' | 'expired';
}

/** Longer tokens do not pass proxies, and are none of ours. */
const maxTokenLength = 6000;

const count = z.number().nonnegative();
const payloadSchema = z.tuple([
  z.string(),
  z.number(),
  z.strictObject({
    source: z.discriminatedUnion('type', [
      z.strictObject({ type: z.literal('matrix'), homeserver: z.string(), mxc: z.string() }),
      z.strictObject({ type: z.literal('channel'), line: z.string(), reference: z.string() }),
      z.strictObject({ type: z.literal('url'), url: z.string() }),
    ]),
    mimeType: z.string(),
    fileName: z.string().exactOptional(),
    sizeBytes: count.exactOptional(),
    width: count.exactOptional(),
    height: count.exactOptional(),
    durationMs: count.exactOptional(),
  }),
]);

/**
 * Links that carry what they stand for, sealed by HMAC-SHA256, so that nothing has to be stored for them. The reference can be
 * read by whoever holds the link, which is who may have the file.
 *
 * @param settings.secret at least 16 characters; links die with it.
 * @param settings.publicUrl where we are reached from outside, without a slash at the end.
 */
export function createSignedLinks(settings: {
  readonly secret: string;
  /** What it has sealed is taken as well. */
  readonly secondarySecret?: string | undefined;
  readonly publicUrl: string;
  readonly clock: Clock;
}): SignedLinks {
  if (settings.secret.length < 16)
    throw new Error('The secret of signed links must have at least 16 characters');
  // The name keeps a signature made for something else under the same secret from passing here.
  const seal = (payload: string, secret = settings.secret): string =>
    createHmac('sha256', secret).update(`switchboard media link\n${payload}`).digest('base64url');
  const secrets =
    settings.secondarySecret === undefined ? [settings.secret] : [settings.secret, settings.secondarySecret];

  return {
    sign(tenant, reference, validForSeconds) {
      const expires = Math.ceil(settings.clock.now() / 1000 + validForSeconds);
      const payload = Buffer.from(JSON.stringify([tenant, expires, reference])).toString('base64url');
      return `${settings.publicUrl}/media/${payload}.${seal(payload)}`;
    },
    verify(token) {
      const dot = token.length <= maxTokenLength ? token.indexOf('.') : -1;
      if (dot === -1) return 'bad';
      const payload = token.slice(0, dot);
      // Compared as written, not decoded: several spellings of base64url decode to the same bytes.
      const given = Buffer.from(token.slice(dot + 1));
      const fits = secrets.map((secret) => {
        const expected = Buffer.from(seal(payload, secret));
        return given.length === expected.length && timingSafeEqual(given, expected);
      });
      if (!fits.includes(true)) return 'bad';
      const parsed = payloadSchema.safeParse(parseJson(Buffer.from(payload, 'base64url').toString()));
      if (!parsed.success) return 'bad';
      const [tenant, expires, reference] = parsed.data;
      return settings.clock.now() / 1000 < expires ? { tenant: as<TenantId>(tenant), reference } : 'expired';
    },
  };
}
