/** What was answered to the last so many ids: who sends one again gets the same, and nothing else comes of it. */
export class RecentAnswers<T> {
  readonly #most: number;
  readonly #answers = new Map<string, T>();

  constructor(most: number) {
    this.#most = most;
  }

  /** The answer to an id that was seen; otherwise what `make` gives. */
  answer(id: string, make: () => T): T {
    const known = this.#answers.get(id);
    if (known !== undefined) return known;
    const made = make();
    this.#answers.set(id, made);
    if (this.#answers.size > this.#most) {
      const [oldest] = this.#answers.keys();
      if (oldest !== undefined) this.#answers.delete(oldest);
    }
    return made;
  }
}
