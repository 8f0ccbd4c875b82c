interface Planned {
  readonly at: number;
  readonly order: number;
  readonly happens: () => void;
}

/** What will happen, in virtual time. What is planned for the same moment happens in the order in which it was planned. */
export class Agenda {
  /** A binary heap: the next is first. */
  readonly #heap: Planned[] = [];
  #order = 0;
  now = 0;

  plan(at: number, happens: () => void): void {
    const planned = { at: Math.max(at, this.now), order: this.#order++, happens };
    let place = this.#heap.length;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const other = this.#heap[parent];
      if (other === undefined || !isBefore(planned, other)) break;
      this.#heap[place] = other;
      place = parent;
    }
    this.#heap[place] = planned;
  }

  /** Until nothing is planned any more, or what is planned comes too late. */
  run(until: number): void {
    for (let next = this.#takeFirst(); next !== undefined; next = this.#takeFirst()) {
      if (next.at > until) return;
      this.now = next.at;
      next.happens();
    }
  }

  #takeFirst(): Planned | undefined {
    const [first] = this.#heap;
    const moved = this.#heap.pop();
    if (moved === undefined || moved === first) return first;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      const [left, right] = [this.#heap[child], this.#heap[child + 1]];
      if (left === undefined) break;
      if (right !== undefined && isBefore(right, left)) child++;
      const least = this.#heap[child] ?? left;
      if (!isBefore(least, moved)) break;
      this.#heap[place] = least;
      place = child;
    }
    this.#heap[place] = moved;
    return first;
  }
}

function isBefore(a: Planned, b: Planned): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
