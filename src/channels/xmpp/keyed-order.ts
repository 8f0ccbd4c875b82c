/** Runs tasks of one key one after the other and those of different keys side by side. */
export class KeyedOrder {
  readonly #tails = new Map<string, Promise<void>>();
  #running = 0;

  /** Tasks that have not ended. */
  get running(): number {
    return this.#running;
  }

  /** `task` must not reject. */
  run(key: string, task: () => Promise<void>): void {
    this.#running += 1;
    const tail = (this.#tails.get(key) ?? Promise.resolve()).then(task).finally(() => {
      this.#running -= 1;
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    });
    this.#tails.set(key, tail);
  }

  /** Resolves when all that was begun has ended. */
  async settled(): Promise<void> {
    while (this.#tails.size > 0) await Promise.all(this.#tails.values());
  }
}
