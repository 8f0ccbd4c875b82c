import type { SecretKey } from './secret-key.ts';

/** There is no key to seal with. The message says what to do. */
export class NoSecretKey extends Error {
  override readonly name = 'NoSecretKey';
}

export interface Keys {
  /** What seals. */
  readonly first: SecretKey | undefined;
  /** What opens, the first among them. */
  readonly all: readonly SecretKey[];
}

export interface KeyRingOptions {
  /** The keys as they are configured now. May throw when they are not right at the moment. */
  readonly read: () => Keys;
  /** Where none seals: makes one, and keeps it. Absent: nothing is sealed then. */
  readonly make?: () => SecretKey;
  /** What to do where there is none. */
  readonly cure: string;
}

/** The keys for secrets in the store. They are read anew for a rotation, and when something was sealed with one that is not known here yet. */
export class KeyRing {
  readonly #options: KeyRingOptions;
  #keys: Keys;

  /** @throws what `read` throws */
  constructor(options: KeyRingOptions) {
    this.#options = options;
    this.#keys = options.read();
  }

  /** What seals. @throws {NoSecretKey} */
  first(): SecretKey {
    const { first, all } = this.#keys;
    if (first !== undefined) return first;
    if (this.#options.make === undefined) throw new NoSecretKey(this.#options.cure);
    const made = this.#options.make();
    this.#keys = { first: made, all: [made, ...all] };
    return made;
  }

  /** What opens. */
  find(id: string): SecretKey | undefined {
    const known = this.#known(id);
    if (known !== undefined) return known;
    try {
      this.reload();
    } catch {
      return undefined;
    }
    return this.#known(id);
  }

  /** Keys that have been added or put first since. @throws what `read` throws; the keys are then as before */
  reload(): void {
    this.#keys = this.#options.read();
  }

  /** What seals at the moment, if there is one yet, and all. */
  ids(): { readonly first: string | undefined; readonly all: readonly string[] } {
    const { first, all } = this.#keys;
    return { first: first?.id, all: all.map(({ id }) => id) };
  }

  #known(id: string): SecretKey | undefined {
    return this.#keys.all.find((key) => key.id === id);
  }
}
