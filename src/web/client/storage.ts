/** What the browser remembers for this line. Where it may not (private windows, blocked storage), it lasts as long as the page. */
export class Storage {
  readonly #prefix: string;
  readonly #instead = new Map<string, string>();

  constructor(base: string) {
    this.#prefix = `switchboard ${base} `;
  }

  get(key: string): string | undefined {
    try {
      return localStorage.getItem(this.#prefix + key) ?? this.#instead.get(key);
    } catch {
      return this.#instead.get(key);
    }
  }

  set(key: string, value: string | undefined): void {
    if (value === undefined) this.#instead.delete(key);
    else this.#instead.set(key, value);
    try {
      if (value === undefined) localStorage.removeItem(this.#prefix + key);
      else localStorage.setItem(this.#prefix + key, value);
      this.#instead.delete(key);
    } catch {
      // Kept in memory.
    }
  }

  /** Another tab of the same site changed `key`. */
  onChange(key: string, action: (value: string | undefined) => void): void {
    addEventListener('storage', (event) => {
      if (event.key === this.#prefix + key) action(event.newValue ?? undefined);
    });
  }
}
