import type { Response } from 'express';
import type { Clock } from '../platform/clock.ts';
import { AdaptiveLimit } from './adaptive-limit.ts';

/** What is under way, so that there is never too much of it and it can be brought to an end. */
export class OpenRequests {
  readonly #limit: AdaptiveLimit;
  readonly #clock: Clock;
  readonly #streams = new Set<AbortController>();
  #working = 0;
  #stopping = false;
  #closing = false;

  /** @param most how many may be worked on at once, streams not counted; fewer while answers take too long. */
  constructor(most: number, clock: Clock) {
    this.#limit = new AdaptiveLimit(most);
    this.#clock = clock;
  }

  /** It has been announced that we stop. */
  get isStopping(): boolean {
    return this.#stopping;
  }

  /** Nothing new is taken any more. */
  get isClosing(): boolean {
    return this.#closing;
  }

  /** A signal that aborts when the peer leaves before the answer is complete; undefined if there is too much under way. */
  begin(response: Response): { readonly controller: AbortController; readonly done: () => void } | undefined {
    if (this.#working >= this.#limit.now) return undefined;
    this.#working += 1;
    const begunAt = this.#clock.monotonic();
    const controller = new AbortController();
    let counted = true;
    const done = (): void => {
      if (!counted) return;
      counted = false;
      const now = this.#clock.monotonic();
      this.#limit.answered(now - begunAt, this.#working, now);
      this.#working -= 1;
    };
    response.once('close', () => {
      done();
      if (!response.writableFinished) controller.abort(new Error('the peer is gone'));
    });
    return { controller, done };
  }

  /** Runs while an endless stream is sent; ends it when we stop. */
  async streaming<T>(controller: AbortController, send: () => Promise<T>): Promise<T> {
    if (this.#closing) controller.abort(new Error('stopping'));
    this.#streams.add(controller);
    try {
      return await send();
    } finally {
      this.#streams.delete(controller);
    }
  }

  prepareStop(): void {
    this.#stopping = true;
  }

  stop(): void {
    this.#stopping = true;
    this.#closing = true;
    for (const controller of this.#streams) controller.abort(new Error('stopping'));
  }
}
