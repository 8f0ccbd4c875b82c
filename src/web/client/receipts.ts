import type { Api } from './api.ts';
import type { Chat } from './chat.ts';

/** Tells the server how far this browser got and how far the visitor saw. Several events in a row are told once. */
export class Receipts {
  readonly #api: Api;
  readonly #chat: Chat;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #told = { delivered: 0, read: 0 };

  constructor(api: Api, chat: Chat) {
    this.#api = api;
    this.#chat = chat;
  }

  /** After a change of what came or what was seen. */
  changed(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#tell();
    }, 250);
  }

  reset(): void {
    this.#told = { delivered: 0, read: 0 };
  }

  async #tell(): Promise<void> {
    const { lastForeign, read } = this.#chat;
    const delivered = Math.max(this.#told.delivered, lastForeign);
    const seen = Math.max(this.#told.read, Math.min(read, lastForeign));
    if (this.#api.token === undefined) return;
    if (delivered === this.#told.delivered && seen === this.#told.read) return;
    try {
      await this.#api.post('/receipts', { delivered, ...(seen === 0 ? {} : { read: seen }) });
      this.#told = { delivered, read: seen };
    } catch {
      // The next event, or the next connection, tells it again.
    }
  }
}
