import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a signature is for; one made for another purpose is refused. */
export type Purpose = 'visitor' | 'upload' | 'file';

const longest = 2048;

/**
 * Texts that only this line can have made: `<fields as JSON>.<HMAC-SHA-256>`, both base64url. They are no secret from their
 * holder, who can read but not change them. The last field is the expiry, milliseconds since the epoch.
 */
export class Signer {
  readonly #key: Buffer;
  readonly #former: { readonly key: Buffer; readonly until: number } | undefined;

  /**
   * `scope` names tenant and line, so that two lines that share a secret refuse each other's texts. `former`: a secret whose texts are
   * read until then, milliseconds since the epoch.
   */
  constructor(secret: string, scope: string, former?: { readonly secret: string; readonly until: number }) {
    this.#key = keyOf(secret, scope);
    this.#former = former && { key: keyOf(former.secret, scope), until: former.until };
  }

  sign(purpose: Purpose, fields: readonly (string | number)[], expiresAt: number): string {
    const payload = Buffer.from(JSON.stringify([...fields, expiresAt])).toString('base64url');
    return `${payload}.${mac(this.#key, purpose, payload).toString('base64url')}`;
  }

  /**
   * The fields and the expiry, or undefined where the text is forged, for something else, or expired. `isFormer`: the former secret made it,
   * so that it will soon be good for nothing.
   */
  read(
    purpose: Purpose,
    text: string,
    now: number,
  ): { fields: unknown[]; expiresAt: number; isFormer: boolean } | undefined {
    const dot = text.indexOf('.');
    if (dot < 0 || text.length > longest) return undefined;
    const payload = text.slice(0, dot);
    const given = Buffer.from(text.slice(dot + 1), 'base64url');
    const fits = (key: Buffer): boolean => {
      const expected = mac(key, purpose, payload);
      return given.length === expected.length && timingSafeEqual(given, expected);
    };
    const former = this.#former;
    const isFormer = former !== undefined && now < former.until && fits(former.key);
    if (!isFormer && !fits(this.#key)) return undefined;
    const fields = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as unknown[];
    const expiresAt = fields.pop();
    if (typeof expiresAt !== 'number' || expiresAt <= now) return undefined;
    return { fields, expiresAt, isFormer };
  }
}

function keyOf(secret: string, scope: string): Buffer {
  return createHmac('sha256', secret).update(`switchboard web ${scope}`).digest();
}

function mac(key: Buffer, purpose: Purpose, payload: string): Buffer {
  return createHmac('sha256', key).update(`${purpose}\0${payload}`).digest();
}
