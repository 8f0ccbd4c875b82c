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

  /** `scope` names tenant and line, so that two lines that share a secret refuse each other's texts. */
  constructor(secret: string, scope: string) {
    this.#key = createHmac('sha256', secret).update(`switchboard web ${scope}`).digest();
  }

  sign(purpose: Purpose, fields: readonly (string | number)[], expiresAt: number): string {
    const payload = Buffer.from(JSON.stringify([...fields, expiresAt])).toString('base64url');
    return `${payload}.${this.#mac(purpose, payload).toString('base64url')}`;
  }

  /** The fields and the expiry, or undefined where the text is forged, for something else, or expired. */
  read(purpose: Purpose, text: string, now: number): { fields: unknown[]; expiresAt: number } | undefined {
    const dot = text.indexOf('.');
    if (dot < 0 || text.length > longest) return undefined;
    const payload = text.slice(0, dot);
    const given = Buffer.from(text.slice(dot + 1), 'base64url');
    const expected = this.#mac(purpose, payload);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    const fields = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as unknown[];
    const expiresAt = fields.pop();
    if (typeof expiresAt !== 'number' || expiresAt <= now) return undefined;
    return { fields, expiresAt };
  }

  #mac(purpose: Purpose, payload: string): Buffer {
    return createHmac('sha256', this.#key).update(`${purpose}\0${payload}`).digest();
  }
}
