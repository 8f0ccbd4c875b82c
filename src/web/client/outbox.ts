import { isPassing, Refused, type Api } from './api.ts';
import { backoff, Pause } from './backoff.ts';
import type { Outgoing } from './outgoing.ts';
import type { Storage } from './storage.ts';

export interface OutboxEvents {
  changed(item: Outgoing): void;
  /** The server has it. */
  sent(item: Outgoing): void;
  /** The server will not have it, and there is no row on the screen that could say so. */
  refused(item: Outgoing, reason: string): void;
  /** The server no longer knows the visitor; sending stops until `resume`. */
  lost(): void;
  /** Makes sure that there is a visitor to send as. */
  ready(): Promise<void>;
}

/**
 * Sends in order, one at a time, for as long as it takes. What needs no file is kept by the browser, so that it is sent
 * after a reload too; another tab may do so as well, and the server drops the repetition.
 */
export class Outbox {
  readonly #api: Api;
  readonly #storage: Storage;
  readonly #events: OutboxEvents;
  readonly #pause = new Pause();
  readonly #uploaded = new Map<string, string>();
  #items: Outgoing[] = [];
  #sending = false;

  constructor(api: Api, storage: Storage, events: OutboxEvents) {
    this.#api = api;
    this.#storage = storage;
    this.#events = events;
  }

  get items(): readonly Outgoing[] {
    return this.#items;
  }

  /** What an earlier page left behind. */
  restore(): void {
    this.#items = stored(this.#storage);
    for (const item of this.#items) this.#events.changed(item);
    this.resume();
  }

  add(item: Outgoing): void {
    this.#items.push(item);
    this.#save((items) => [...items, item]);
    this.#events.changed(item);
    this.resume();
  }

  retry(id: string): void {
    const item = this.#items.find((each) => each.id === id);
    if (item === undefined) return;
    const { refused: _refused, ...again } = item;
    this.#replace(id, again);
    this.resume();
  }

  remove(id: string): void {
    this.#items = this.#items.filter((item) => item.id !== id);
    this.#uploaded.delete(id);
    this.#save((items) => items.filter((item) => item.id !== id));
  }

  resume(): void {
    this.#pause.end();
    if (!this.#sending) void this.#send();
  }

  /** There is another visitor now: what speaks of earlier messages makes no sense any more. */
  beginAnew(): void {
    const said = this.#items.filter(({ path, body }) => path === '/messages' && body['kind'] !== 'chosen');
    for (const item of this.#items) this.remove(item.id);
    this.#uploaded.clear();
    for (const { quote: _quote, body, ...item } of said) {
      const { replyTo: _replyTo, ...plain } = body;
      this.add({ ...item, body: plain });
    }
  }

  async #send(): Promise<void> {
    this.#sending = true;
    let failures = 0;
    try {
      for (;;) {
        const item = this.#items.find(({ refused }) => refused === undefined);
        if (item === undefined) return;
        try {
          await this.#events.ready();
          await this.#api.post(item.path, await this.#bodyOf(item));
          failures = 0;
          this.remove(item.id);
          this.#events.sent(item);
        } catch (error) {
          if (error instanceof Refused && error.status === 401) {
            this.#events.lost();
            return;
          }
          if (isPassing(error)) {
            const wait = error instanceof Refused ? error.retryAfterMs : undefined;
            await this.#pause.wait(wait ?? backoff(failures));
            failures += 1;
          } else {
            this.#refuse(item, error instanceof Error ? error.message : '');
          }
        }
      }
    } finally {
      this.#sending = false;
    }
  }

  async #bodyOf(item: Outgoing): Promise<object> {
    const { file } = item;
    if (file === undefined) return { ...item.body, id: item.id };
    const token = this.#uploaded.get(item.id) ?? (await this.#api.upload(file));
    this.#uploaded.set(item.id, token);
    return { ...item.body, id: item.id, file: token };
  }

  #refuse(item: Outgoing, reason: string): void {
    if (item.shown !== undefined) {
      this.#replace(item.id, { ...item, refused: reason });
      return;
    }
    this.remove(item.id);
    this.#events.refused(item, reason);
  }

  #replace(id: string, item: Outgoing): void {
    this.#items = this.#items.map((each) => (each.id === id ? item : each));
    this.#save((items) => items.map((each) => (each.id === id ? item : each)));
    this.#events.changed(item);
  }

  /** On top of what is stored, which another tab may have changed. */
  #save(change: (items: Outgoing[]) => Outgoing[]): void {
    const items = change(stored(this.#storage)).filter(({ file }) => file === undefined);
    this.#storage.set('outbox', items.length === 0 ? undefined : JSON.stringify(items));
  }
}

function stored(storage: Storage): Outgoing[] {
  try {
    const items = JSON.parse(storage.get('outbox') ?? '[]') as unknown;
    return Array.isArray(items) ? (items as Outgoing[]) : [];
  } catch {
    return [];
  }
}
