import type { SecretKey } from './secret-key.ts';

/** There is no key to seal with. The message says what to do. */
export class NoSecretKey extends Error {
  override readonly name = 'NoSecretKey';
}

export interface KeyRingOptions {
  /** The keys as they are configured now: the first seals, all open. May throw when they are not right at the moment. */
  readonly read: () => readonly SecretKey[];
  /** Where none is configured: makes one, and keeps it. Absent: there is none then. */
  readonly make?: () => SecretKey;
  /** What to do where there is none. */
  readonly cure: string;
}

/** The keys for secrets in the store. They are read anew for a rotation, and when something was sealed with one that is not known here yet. */
export class KeyRing {
  readonly #options: KeyRingOptions;
  #keys: readonly SecretKey[];

  /** @throws what `read` throws */
  constructor(options: KeyRingOptions) {
    this.#options = options;
    this.#keys = options.read();
  }

  /** What seals. @throws {NoSecretKey} */
  first(): SecretKey {
    const [first] = this.#keys;
    if (first !== undefined) return first;
    if (this.#options.make === undefined) throw new NoSecretKey(this.#options.cure);
    const made = this.#options.make();
    this.#keys = [made];
    return made;
  }

  /** What opens. */
  find(id: string): SecretKey | undefined {
    const known = this.#keys.find((key) => key.id === id);
    if (known !== undefined) return known;
    try {
      this.reload();
    } catch {
      return undefined;
    }
    return this.#keys.find((key) => key.id === id);
  }

  /** Keys that have been added or put first since. @throws what `read` throws; the keys are then as before */
  reload(): void {
    this.#keys = this.#options.read();
  }

  ids(): readonly string[] {
    return this.#keys.map(({ id }) => id);
  }
}
