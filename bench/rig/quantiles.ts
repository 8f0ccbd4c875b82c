/** Collected milliseconds. */
export class Latencies {
  readonly #all: number[] = [];

  add(milliseconds: number): void {
    this.#all.push(milliseconds);
  }

  get count(): number {
    return this.#all.length;
  }

  at(share: number): number {
    const sorted = this.#all.toSorted((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  }

  /** `p50, p99` for a table. */
  toString(): string {
    return `${this.at(0.5).toFixed(1)}, ${this.at(0.99).toFixed(1)}`;
  }
}
