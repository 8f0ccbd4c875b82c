import { addressOf, type WebLine } from './web-line.ts';

/** A browser that types says so at least this often, in milliseconds; one that vanished is taken to have stopped. */
const lastsMs = 10_000;

/** Who types now, so that a closed tab does not type for ever. */
export class TypingVisitors {
  readonly #web: WebLine;
  readonly #cancels = new Map<string, () => void>();

  constructor(web: WebLine) {
    this.#web = web;
  }

  set(visitor: string, active: boolean): void {
    const cancel = this.#cancels.get(visitor);
    cancel?.();
    this.#cancels.delete(visitor);
    if (active)
      this.#cancels.set(
        visitor,
        this.#web.host.clock.after(lastsMs, () => this.set(visitor, false)),
      );
    if (active || cancel !== undefined) this.#web.host.typing({ from: addressOf(visitor), active });
  }

  close(): void {
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
  }
}
