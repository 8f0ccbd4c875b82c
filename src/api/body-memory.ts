/** Bytes of request bodies that are held for one request. */
export interface HeldBody {
  /** Whether so many more may be held. */
  take(bytes: number): boolean;
  /** The request is over. */
  release(): void;
}

/**
 * How much of what strangers send is in memory at once, in all and for each line: bodies are read before anybody can tell whether
 * they are signed, and one line under attack must not take the room of the others.
 */
export class BodyMemory {
  readonly #most: number;
  readonly #mostPerLine: number;
  readonly #lines = new Map<string, number>();
  #held = 0;

  constructor(most: number, mostPerLine: number) {
    this.#most = most;
    this.#mostPerLine = mostPerLine;
  }

  of(line: string): HeldBody {
    let mine = 0;
    return {
      take: (bytes) => {
        const ofLine = this.#lines.get(line) ?? 0;
        if (this.#held + bytes > this.#most || ofLine + bytes > this.#mostPerLine) return false;
        this.#held += bytes;
        this.#lines.set(line, ofLine + bytes);
        mine += bytes;
        return true;
      },
      release: () => {
        this.#held -= mine;
        const left = (this.#lines.get(line) ?? 0) - mine;
        if (left > 0) this.#lines.set(line, left);
        else this.#lines.delete(line);
        mine = 0;
      },
    };
  }
}
