import type { LineState } from '../channel.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import { ComponentStream, StreamRefused, type StreamAddress } from './component-stream.ts';
import type { Element } from './xml.ts';

export interface LinkOptions {
  readonly address: StreamAddress;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly report: (state: LineState) => void;
  readonly onOnline: () => void;
  readonly onOffline: () => void;
  /** Must not throw. */
  readonly onStanza: (stanza: Element) => void;
}

const establishWithinMs = 10_000;
const closeWithinMs = 1_000;
const firstRetryMs = 250;
const longestRetryMs = 60_000;

/** Half of the delay is chance, so that many lines do not come back in the same moment. */
export function retryDelay(attempt: number, random: number): number {
  const full = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(attempt, 20));
  return Math.round(full / 2 + (random * full) / 2);
}

/** Keeps a stream open: connects, and connects again until it is closed. */
export class ComponentLink {
  readonly #options: LinkOptions;
  #stream: ComponentStream | undefined;
  #online = false;
  #closed = false;
  #attempt = 0;
  #cancelRetry: () => void = () => undefined;
  /** The last word on the line, for a live check. */
  #state: LineState = { state: 'connecting' };

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  get state(): LineState {
    return this.#state;
  }

  start(): void {
    this.#connect().catch((error: unknown) =>
      this.#options.logger.error({ error }, 'XMPP line cannot go on'),
    );
  }

  /** What is written while the line is down is lost. */
  write(text: string): void {
    this.#stream?.write(text).catch(() => undefined); // a broken stream tells by its end
  }

  /** Ends the present stream, so that a new one is opened. */
  breakOff(reason: string): void {
    this.#stream?.break(reason);
  }

  pause(): void {
    this.#stream?.pause();
  }

  resume(): void {
    this.#stream?.resume();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelRetry();
    const stream = this.#stream;
    this.#stream = undefined;
    if (stream === undefined) return;
    await stream.end(closeWithinMs);
  }

  async #connect(): Promise<void> {
    const { address, logger } = this.#options;
    this.#report({ state: 'connecting' });
    const stream = new ComponentStream(address, establishWithinMs);
    this.#stream = stream;
    let last: string | undefined;
    stream.on('error', (error: Error) => {
      last = 'condition' in error ? String(error.condition) : error.message;
      // A stream does not get over an error (RFC 6120, 4.9.1); the library would wait for a polite end.
      stream.break(last);
    });
    stream.on('element', (received: Element) => {
      const name = received.getName();
      if (name === 'message' || name === 'presence' || name === 'iq') this.#options.onStanza(received);
    });
    stream.once('close', () => stream.break('the server ended the stream'));
    stream.once('disconnect', () => this.#lost(stream, last ?? 'the server closed the connection'));
    try {
      await stream.establish(establishWithinMs);
    } catch (error) {
      this.#refused(stream, error);
      return;
    }
    if (this.#stream !== stream) return; // closed meanwhile
    this.#attempt = 0;
    this.#online = true;
    logger.info({}, 'XMPP line connected');
    this.#report({ state: 'connected' });
    this.#options.onOnline();
  }

  #refused(stream: ComponentStream, error: unknown): void {
    if (this.#stream !== stream) return;
    this.#stream = undefined;
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof StreamRefused && error.condition === 'not-authorized') {
      this.#report({ state: 'unauthorised', reason: 'the XMPP server refused the component secret' });
      // Somebody has to change something first, on this side or that.
      this.#attempt = Math.max(this.#attempt, 8);
    } else {
      this.#report({ state: 'disconnected', reason, retrying: true });
    }
    this.#options.logger.warn({ reason, attempt: this.#attempt }, 'XMPP line cannot connect');
    this.#retry();
  }

  #lost(stream: ComponentStream, reason: string): void {
    if (this.#stream !== stream || !this.#online) return; // not established: told by `#refused`
    this.#online = false;
    this.#stream = undefined;
    this.#options.logger.warn({ reason }, 'XMPP line lost');
    this.#report({ state: 'disconnected', reason: `the connection was lost: ${reason}`, retrying: true });
    this.#options.onOffline();
    this.#retry();
  }

  #retry(): void {
    if (this.#closed) return;
    const delayMs = retryDelay(this.#attempt, Math.random());
    this.#attempt += 1;
    this.#cancelRetry = this.#options.clock.after(delayMs, () => this.start());
  }

  #report(state: LineState): void {
    this.#state = state;
    this.#options.report(state);
  }
}
