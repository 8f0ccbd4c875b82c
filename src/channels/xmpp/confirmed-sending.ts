import { ChannelError } from '../channel.ts';
import type { Clock } from '../../platform/clock.ts';
import { ns } from './namespaces.ts';
import { element, flag, serialise, type Element } from './xml.ts';

export interface ConfirmedSendingOptions {
  readonly domain: string;
  readonly clock: Clock;
  readonly write: (text: string) => void;
  /** The server has not answered in time: the stream is dead, whatever the socket says. */
  readonly onSilence: () => void;
}

interface Pending {
  readonly text: string;
  /** How many streams it has gone out on. */
  tries: number;
  readonly settle: (error?: ChannelError) => void;
}

const answerWithinMs = 10_000;
const idlePingMs = 30_000;
/** So long a stanza may wait for the line to come back before its sender is told to try again. */
const patienceMs = 30_000;
/** A stanza that was under way whenever so many streams broke may be the cause: it must not take the others with it for ever. */
const mostTries = 10;
/**
 * So many stanzas are under way at once. More would bring nothing, and a slow server could then not answer the ping behind them in
 * time: the stream would be broken off and all of them sent again, for ever (seen with 2,000 at once).
 */
const mostUnderWay = 64;

/**
 * Sends stanzas on a stream that has no acknowledgements. Behind what was sent goes a ping to our own domain; the server works
 * through a stream in order, so when the ping comes round, it has taken all before it. One ping is under way at a time and stands for
 * everything sent since the last. What was not confirmed when a stream broke goes out again, in order and under the same ids, on the next.
 */
export class ConfirmedSending {
  readonly #options: ConfirmedSendingOptions;
  #pending: Pending[] = [];
  #online = false;
  #closed = false;
  /** How many of the pending, from the first on, have gone out on this stream. */
  #underWay = 0;
  #pings = 0;
  #ping: { readonly id: string; readonly covers: number } | undefined;
  #cancelTimer: () => void = () => undefined;

  constructor(options: ConfirmedSendingOptions) {
    this.#options = options;
  }

  /** How many stanzas wait for their confirmation. */
  get unconfirmed(): number {
    return this.#pending.length;
  }

  /** Resolves when the server has taken the stanza. @throws {ChannelError} `retry`; certain if it has not been written at all. */
  async send(stanza: Element): Promise<void> {
    if (!this.#online) throw offline(true);
    await this.#enqueue(stanza);
  }

  /** For what nobody waits for, such as receipts: kept over a break of the line, given up when that takes too long. */
  post(stanza: Element): void {
    if (!this.#closed) this.#enqueue(stanza).catch(() => undefined);
  }

  online(): void {
    this.#online = true;
    this.#cancelTimer();
    this.#ping = undefined;
    const [suspects, others] = [
      this.#pending.filter(({ tries }) => tries >= mostTries),
      this.#pending.filter(({ tries }) => tries < mostTries),
    ];
    this.#pending = others;
    for (const { settle } of suspects) settle(offline(false));
    this.#underWay = 0;
    this.#fill();
    this.#sendPing();
  }

  offline(): void {
    this.#online = false;
    this.#ping = undefined;
    this.#underWay = 0;
    this.#cancelTimer();
    this.#cancelTimer = this.#options.clock.after(patienceMs, () => this.#giveUp());
  }

  /** Whether a stanza was our ping come round; it needs no answer then. */
  takes(stanza: Element): boolean {
    const { from, id } = stanza.attrs;
    if (this.#ping === undefined || id !== this.#ping.id || from !== this.#options.domain) return false;
    const { covers } = this.#ping;
    this.#ping = undefined;
    this.#cancelTimer();
    const confirmed = this.#pending.splice(0, covers);
    this.#underWay -= covers;
    for (const { settle } of confirmed) settle();
    this.#fill();
    if (this.#underWay > 0) this.#sendPing();
    else this.#cancelTimer = this.#options.clock.after(idlePingMs, () => this.#sendPing());
    return true;
  }

  close(): void {
    this.#closed = true;
    this.#online = false;
    this.#cancelTimer();
    this.#giveUp();
  }

  #enqueue(stanza: Element): Promise<void> {
    return new Promise((resolve, reject) => {
      const text = serialise(stanza);
      this.#pending.push({
        text,
        tries: 0,
        settle: (error) => {
          if (error === undefined) resolve();
          else reject(error);
        },
      });
      if (!this.#online) return;
      this.#fill();
      if (this.#ping === undefined) this.#sendPing();
    });
  }

  #fill(): void {
    for (const pending of this.#pending.slice(this.#underWay, mostUnderWay)) {
      pending.tries += 1;
      this.#underWay += 1;
      this.#options.write(pending.text);
    }
  }

  #sendPing(): void {
    const { domain, clock, write, onSilence } = this.#options;
    this.#pings += 1;
    this.#ping = { id: `sb-ping-${this.#pings}`, covers: this.#underWay };
    this.#cancelTimer();
    this.#cancelTimer = clock.after(answerWithinMs, onSilence);
    const attrs = { type: 'get', from: domain, to: domain, id: this.#ping.id };
    write(serialise(element('iq', attrs, flag('ping', ns.ping))));
  }

  #giveUp(): void {
    const given = this.#pending;
    this.#pending = [];
    this.#underWay = 0;
    for (const { settle, tries } of given) settle(offline(tries === 0));
  }
}

function offline(certain: boolean): ChannelError {
  const reason = 'the connection to the XMPP server is down';
  return new ChannelError({ kind: 'retry', certain, reason });
}
