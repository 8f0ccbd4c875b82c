import { Refused, type Api } from './api.ts';
import { backoff, Pause } from './backoff.ts';
import { EventParser, type RawEvent } from './event-parser.ts';
import type { StreamEvent } from './protocol.ts';

/** The server shows a sign of life every 20 s; a stream silent for longer than this is dead. */
const deadAfterMs = 45_000;
/** A gap shorter than this is not worth alarming anybody. */
const tellAfterMs = 2_000;

export interface ConnectionEvents {
  event(event: StreamEvent): void;
  /** Whether the server is reached now. */
  online(online: boolean): void;
  /** The server no longer knows the visitor. */
  lost(): void;
}

/** Keeps the stream of events open, from where it broke off. */
export class Connection {
  readonly #api: Api;
  readonly #events: ConnectionEvents;
  readonly #pause = new Pause();
  #last = 0;
  #running = false;
  #current = new AbortController();

  constructor(api: Api, events: ConnectionEvents) {
    this.#api = api;
    this.#events = events;
    addEventListener('online', () => this.retryNow());
    addEventListener('offline', () => this.#current.abort());
    // A device that slept has a stream that is dead without anybody having noticed.
    addEventListener('pageshow', (event) => {
      if (event.persisted) this.#current.abort();
    });
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    void this.#run();
  }

  stop(): void {
    this.#running = false;
    this.#last = 0;
    this.#current.abort();
    this.#pause.end();
  }

  retryNow(): void {
    this.#pause.end();
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (this.#running) {
      const alarm = setTimeout(() => this.#events.online(false), failures === 0 ? tellAfterMs : 0);
      let retryAfterMs: number | undefined;
      try {
        await this.#listen(() => {
          clearTimeout(alarm);
          failures = 0;
          this.#events.online(true);
        });
      } catch (error) {
        if (error instanceof Refused && error.status === 401) {
          clearTimeout(alarm);
          this.stop();
          this.#events.lost();
          return;
        }
        if (error instanceof Refused) retryAfterMs = error.retryAfterMs;
      }
      clearTimeout(alarm);
      if (!navigator.onLine) this.#events.online(false);
      if (!this.#isRunning()) return;
      await this.#pause.wait(retryAfterMs ?? backoff(failures));
      failures += 1;
    }
  }

  /** A method, since the flag may have changed while something was awaited. */
  #isRunning(): boolean {
    return this.#running;
  }

  async #listen(opened: () => void): Promise<void> {
    const controller = new AbortController();
    this.#current = controller;
    let watch = setTimeout(() => controller.abort(), deadAfterMs);
    try {
      const reader = (await this.#api.events(this.#last, controller.signal)).getReader();
      const decoder = new TextDecoder();
      const parser = new EventParser();
      opened();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        clearTimeout(watch);
        watch = setTimeout(() => controller.abort(), deadAfterMs);
        for (const raw of parser.push(decoder.decode(value, { stream: true }))) this.#take(raw);
      }
    } finally {
      clearTimeout(watch);
      controller.abort();
    }
  }

  #take({ event, data, id }: RawEvent): void {
    const sequence = id === undefined ? undefined : Number(id);
    if (sequence !== undefined) {
      if (sequence <= this.#last) return;
      this.#last = sequence;
    }
    const fields = JSON.parse(data) as object;
    this.#events.event({
      ...fields,
      type: event,
      ...(sequence === undefined ? {} : { sequence }),
    } as StreamEvent);
  }
}
