/** Runs work of the same name one after the other, of different names side by side. */
export class OneByOne {
  readonly #turns = new Map<string, Promise<void>>();

  async run(name: string, work: () => Promise<void>): Promise<void> {
    const turn = (this.#turns.get(name) ?? Promise.resolve()).then(work);
    const settled = turn.catch(() => undefined);
    this.#turns.set(name, settled);
    try {
      await turn;
    } finally {
      if (this.#turns.get(name) === settled) this.#turns.delete(name);
    }
  }

  /** Until what was begun has ended. */
  async settled(): Promise<void> {
    await Promise.all(this.#turns.values());
  }
}
