import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import type { KeptNews } from './kept-news.ts';

/** How often to see whether others changed something of which nobody told us, and how often to look at everything all the same. */
const newsMs = 2_000;
const lookMs = 60_000;

export interface KeptWatchOptions<Word> {
  readonly news: KeptNews<Word>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether other replicas change records, too. */
  readonly isShared: boolean;
  /** For our log: `lines`. */
  readonly what: string;
  /** Makes true here what the store has of one record. */
  readonly apply: (word: Word) => Promise<void>;
  readonly lookAtAll: () => Promise<void>;
}

/**
 * Sees to it that what was changed by REST becomes true here: at once where somebody tells of it, in two seconds where the word of it was
 * lost, once a minute in any case. What fails is tried again.
 */
export class KeptWatch<Word> {
  readonly #options: KeptWatchOptions<Word>;
  #cancel: (() => void)[] = [];
  #lookAt = 0;
  #stopped = false;

  constructor(options: KeptWatchOptions<Word>) {
    this.#options = options;
  }

  start(): void {
    const { news, clock, apply, lookAtAll } = this.#options;
    this.#lookAt = clock.monotonic() + lookMs;
    const look = (): void => void this.#quietly(lookAtAll);
    const hear = (word: Word): void => void this.#quietly(async () => apply(word));
    this.#cancel.push(news.hear(hear, look));
    this.#wait();
  }

  stop(): void {
    this.#stopped = true;
    for (const cancel of this.#cancel.splice(0)) cancel();
  }

  #wait(): void {
    const { clock, isShared } = this.#options;
    if (this.#stopped) return;
    const cancel = clock.after(isShared ? newsMs : lookMs, () => {
      this.#cancel.splice(this.#cancel.indexOf(cancel), 1);
      void this.#quietly(async () => this.#lookIfNews()).then(() => this.#wait());
    });
    this.#cancel.push(cancel);
  }

  async #lookIfNews(): Promise<void> {
    const { clock, news, lookAtAll } = this.#options;
    const now = clock.monotonic();
    const isTime = now >= this.#lookAt;
    if (isTime) this.#lookAt = now + lookMs;
    if (isTime || (await news.isNews())) await lookAtAll();
  }

  async #quietly(work: () => Promise<void>): Promise<void> {
    if (this.#stopped) return;
    try {
      await work();
    } catch (error) {
      const { logger, what } = this.#options;
      logger.warn({ reason: String(error) }, `${what} could not be looked for; trying again`);
    }
  }
}
