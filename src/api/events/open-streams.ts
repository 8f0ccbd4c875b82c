import type { ServerResponse } from 'node:http';

/** Event streams that are open, so many at most for each who asks; ended when we stop. */
export class OpenStreams {
  readonly #mostEach: number;
  readonly #open = new Map<string, Set<AbortController>>();
  #stopped = false;

  /** @param mostEach of one key */
  constructor(mostEach = 10) {
    this.#mostEach = mostEach;
  }

  /** A signal that aborts when the reader is gone or we stop; undefined if there are too many. */
  open(who: string, response: ServerResponse): AbortController | undefined {
    const own = this.#open.get(who) ?? new Set();
    if (own.size >= this.#mostEach) return undefined;
    const controller = new AbortController();
    if (this.#stopped) controller.abort(new Error('stopping'));
    this.#open.set(who, own.add(controller));
    response.once('close', () => {
      own.delete(controller);
      if (own.size === 0) this.#open.delete(who);
      controller.abort(new Error('the reader is gone'));
    });
    return controller;
  }

  stop(): void {
    this.#stopped = true;
    for (const controller of [...this.#open.values()].flatMap((own) => [...own]))
      controller.abort(new Error('stopping'));
  }
}
