import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { TenantId } from '../platform/ids.ts';
import type { KeyRing } from './key-ring.ts';

/** Where a secret belongs. What was sealed for one place opens at no other. */
export interface SecretPlace {
  readonly tenant: TenantId;
  /** Kind of record and field: `line`. */
  readonly kind: string;
  readonly id: string;
}

/** What a sealed text is kept as: `sealed:1:<key id>:<nonce>:<tag>:<ciphertext>`, the last three base64url. */
export type Sealed = string;

/** A sealed text that cannot be opened: its key is not configured, or it was changed or comes from another place. */
export class SecretUnreadable extends Error {
  override readonly name = 'SecretUnreadable';
  /** The key that is missing, where that is the reason. */
  readonly missingKey: string | undefined;
  constructor(message: string, missingKey?: string) {
    super(message);
    this.missingKey = missingKey;
  }
}

const algorithm = 'aes-256-gcm';
const version = '1';
/** The size that the mode is made for; random ones are good for 2^32 texts a key. */
const nonceBytes = 12;
const tagBytes = 16;
const pattern = /^sealed:1:([a-z0-9-]{1,64}):([\w-]{16}):([\w-]{22}):([\w-]*)$/;

/** Secrets of the store: AES-256-GCM with a random nonce a text; tenant, kind and id are authenticated with it. */
export class SecretBox {
  readonly #ring: KeyRing;

  constructor(ring: KeyRing) {
    this.#ring = ring;
  }

  /** @throws {NoSecretKey} */
  seal(place: SecretPlace, plain: string): Sealed {
    const { id, key } = this.#ring.first();
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
    cipher.setAAD(context(id, place));
    const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
    const parts = [nonce, cipher.getAuthTag(), text].map((part) => part.toString('base64url'));
    return ['sealed', version, id, ...parts].join(':');
  }

  /** @throws {SecretUnreadable} */
  open(place: SecretPlace, sealed: Sealed): string {
    const [, id = '', nonce = '', tag = '', text = ''] = pattern.exec(sealed) ?? [];
    if (id === '') throw new SecretUnreadable('what is stored is no sealed text');
    const found = this.#ring.find(id);
    if (found === undefined) throw new SecretUnreadable(`the key ${id} is not among secrets.keys`, id);
    try {
      const decipher = createDecipheriv(algorithm, found.key, Buffer.from(nonce, 'base64url'), {
        authTagLength: tagBytes,
      });
      decipher.setAAD(context(id, place));
      decipher.setAuthTag(Buffer.from(tag, 'base64url'));
      const opened = [decipher.update(Buffer.from(text, 'base64url')), decipher.final()];
      return Buffer.concat(opened).toString('utf8');
    } catch {
      throw new SecretUnreadable(
        `the key ${id} does not open it: the key is another than it was sealed with, or the record was changed or moved`,
      );
    }
  }

  /** Whether it is sealed with the key that seals now. @throws {NoSecretKey} */
  isCurrent(sealed: Sealed): boolean {
    return keyIdOf(sealed) === this.#ring.first().id;
  }
}

/** The name of the key that sealed it; undefined for what is no sealed text. */
export function keyIdOf(sealed: Sealed): string | undefined {
  return pattern.exec(sealed)?.[1];
}

/** JSON of a list: no part can run into the next. */
function context(key: string, { tenant, kind, id }: SecretPlace): Buffer {
  return Buffer.from(JSON.stringify(['switchboard secret', version, key, tenant, kind, id]));
}
