import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a signature is for; one made for another purpose is refused. */
export type Purpose = 'visitor' | 'upload' | 'file';

const longest = 2048;

/** Whose texts are read, too. */
interface OtherSecrets {
  readonly secondary?: string;
  /** Until then, milliseconds since the epoch. */
  readonly former?: { readonly secret: string; readonly until: number };
}

/**
 * Texts that only this line can have made: `<fields as JSON>.<HMAC-SHA-256>`, both base64url. They are no secret from their
 * holder, who can read but not change them. The last field is the expiry, milliseconds since the epoch.
 */
export class Signer {
  readonly #key: Buffer;
  readonly #secondaryKey: Buffer | undefined;
  readonly #former: { readonly key: Buffer; readonly until: number } | undefined;

  /** `scope` names tenant and line, so that two lines that share a secret refuse each other's texts. */
  constructor(secret: string, scope: string, { secondary, former }: OtherSecrets = {}) {
    this.#key = keyOf(secret, scope);
    this.#secondaryKey = secondary === undefined ? undefined : keyOf(secondary, scope);
    this.#former = former && { key: keyOf(former.secret, scope), until: former.until };
  }

  sign(purpose: Purpose, fields: readonly (string | number)[], expiresAt: number): string {
    const payload = Buffer.from(JSON.stringify([...fields, expiresAt])).toString('base64url');
    return `${payload}.${mac(this.#key, purpose, payload)}`;
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
    // Compared as written, not decoded: several spellings of base64url decode to the same bytes.
    const given = Buffer.from(text.slice(dot + 1));
    const fits = (key: Buffer | undefined): boolean =>
      key !== undefined && isSame(given, mac(key, purpose, payload));
    const former = this.#former;
    const isFormer = former !== undefined && now < former.until && fits(former.key);
    const isPresent = [fits(this.#key), fits(this.#secondaryKey)].includes(true);
    if (!isFormer && !isPresent) return undefined;
    const fields = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as unknown[];
    const expiresAt = fields.pop();
    if (typeof expiresAt !== 'number' || expiresAt <= now) return undefined;
    return { fields, expiresAt, isFormer };
  }
}

function keyOf(secret: string, scope: string): Buffer {
  return createHmac('sha256', secret).update(`switchboard web ${scope}`).digest();
}

function mac(key: Buffer, purpose: Purpose, payload: string): string {
  return createHmac('sha256', key).update(`${purpose}\0${payload}`).digest('base64url');
}

function isSame(given: Buffer, text: string): boolean {
  const expected = Buffer.from(text);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
