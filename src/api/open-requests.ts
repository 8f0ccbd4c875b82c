import type { Response } from 'express';
import type { Clock } from '../platform/clock.ts';
import { AdaptiveLimit } from './adaptive-limit.ts';

/** What is under way, so that there is never too much of it and it can be brought to an end. */
export class OpenRequests {
  readonly #limit: AdaptiveLimit;
  readonly #clock: Clock;
  readonly #streams = new Set<AbortController>();
  readonly #ofTenant = new Map<string, number>();
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

  /**
   * A signal that aborts when the peer leaves before the answer is complete; undefined if there is too much under way. One tenant may
   * have all places; a tenant with less than an equal share is let in beyond them (up to as many again), so that those who
   * have more are refused first.
   */
  begin(
    response: Response,
    tenant?: string,
  ): { readonly controller: AbortController; readonly done: () => void } | undefined {
    if (this.#working >= this.#limit.now && !this.#isShort(tenant)) return undefined;
    this.#working += 1;
    if (tenant !== undefined) this.#ofTenant.set(tenant, (this.#ofTenant.get(tenant) ?? 0) + 1);
    const begunAt = this.#clock.monotonic();
    const controller = new AbortController();
    let counted = true;
    const done = (): void => {
      if (!counted) return;
      counted = false;
      const now = this.#clock.monotonic();
      this.#limit.answered(now - begunAt, this.#working, now);
      this.#working -= 1;
      if (tenant !== undefined) this.#endOf(tenant);
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

  /** Whether the tenant has less than an equal share of all places, and there is room beyond them. */
  #isShort(tenant: string | undefined): boolean {
    if (tenant === undefined || this.#working >= this.#limit.now * 2) return false;
    const has = this.#ofTenant.get(tenant) ?? 0;
    return has < this.#limit.now / (this.#ofTenant.size + (has === 0 ? 1 : 0));
  }

  #endOf(tenant: string): void {
    const left = (this.#ofTenant.get(tenant) ?? 1) - 1;
    if (left > 0) this.#ofTenant.set(tenant, left);
    else this.#ofTenant.delete(tenant);
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
