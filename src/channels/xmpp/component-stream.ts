import { createHash } from 'node:crypto';
import { StringDecoder } from 'node:string_decoder';
import ConnectionTCP from '@xmpp/connection-tcp';
import type { Element } from '@xmpp/xml';
import { ns } from './namespaces.ts';
import { StanzaParser } from './stanza-parser.ts';

export interface StreamAddress {
  readonly domain: string;
  readonly host: string;
  readonly port: number;
  readonly secret: string;
}

/** Why a stream could not be opened; `condition` is the server's own word (RFC 6120, 4.9.3) where it said one. */
export class StreamRefused extends Error {
  override readonly name = 'StreamRefused';
  readonly condition: string | undefined;
  constructor(reason: string, condition?: string, options?: ErrorOptions) {
    super(reason, options);
    this.condition = condition;
  }
}

/**
 * One stream of an external component (XEP-0114) over the library's TCP connection. Used once: a broken stream is thrown away.
 * Emits `element`, `error` (has always a listener) and, at its end, `disconnect`.
 */
export class ComponentStream extends ConnectionTCP {
  override readonly NS = ns.component;
  override readonly Parser = StanzaParser;
  readonly #decoder = new StringDecoder('utf8');
  readonly #address: StreamAddress;
  #refused: Error | undefined;

  constructor(address: StreamAddress, timeoutMs: number) {
    super({ service: serviceOf(address), domain: address.domain, timeout: timeoutMs });
    this.#address = address;
    // Also after the end: the library reports EPIPE when it closes what the server has closed already.
    this.on('error', (error: Error) => (this.#refused ??= error));
  }

  /** Connects and shakes hands. @throws {StreamRefused} */
  async establish(timeoutMs: number): Promise<void> {
    // The library's own waits end one by one and not at all between them, so one limit lies over the whole.
    const limit = setTimeout(() => this.break('no answer in time'), timeoutMs);
    // The library goes on waiting for the header of a stream whose connection has ended: a server that is just going down takes and closes it.
    const ended = new Promise<never>((_, reject) => {
      this.once('disconnect', () => reject(new Error('the server closed the connection')));
    });
    try {
      await Promise.race([this.#shakeHands(), ended]);
    } catch (error) {
      const cause = this.#refused ?? error;
      this.break('not established');
      throw refusal(cause);
    } finally {
      clearTimeout(limit);
    }
  }

  /** Takes leave of the server; without its answer in time the connection is ended anyway. */
  async end(withinMs: number): Promise<void> {
    if (this.socket === null) return;
    const gone = new Promise<void>((resolve) => this.once('disconnect', () => resolve()));
    const limit = setTimeout(() => this.break('no answer to the end of the stream'), withinMs);
    this.write('</stream:stream>').catch(() => this.break('not writable'));
    await gone;
    clearTimeout(limit);
  }

  /** Ends the connection at once. */
  break(reason: string): void {
    this.socket?.destroy(new Error(reason));
  }

  /** Stops reading until {@link resume}: the server then holds what comes. */
  pause(): void {
    this.socket?.pause();
  }

  resume(): void {
    this.socket?.resume();
  }

  override headerElement(): Element {
    const header = super.headerElement();
    delete header.attrs['version']; // a component's stream has none, and so gets no features
    return header;
  }

  /** Chunks end in the middle of characters, and what the parser throws must not end the process. */
  override _onData(data: Buffer): void {
    try {
      this.parser?.write(this.#decoder.write(data));
    } catch (error) {
      this.parser?.emit('error', error instanceof Error ? error : new Error(String(error)));
      this.break('the server sent what is not XMPP');
    }
  }

  async #shakeHands(): Promise<void> {
    await this.connect(serviceOf(this.#address));
    // A stanza and the ping behind it are two small writes: the second would wait 40 ms for the server's delayed TCP acknowledgement.
    this.socket?.setNoDelay(true);
    const header = await this.open({ domain: this.#address.domain });
    const accepted = this.#handshakeAnswer();
    const digest = createHash('sha1')
      .update(`${header.attrs['id'] ?? ''}${this.#address.secret}`)
      .digest('hex');
    await Promise.all([accepted, this.write(`<handshake>${digest}</handshake>`)]);
  }

  #handshakeAnswer(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.on('element', (element: Element) => {
        if (element.is('handshake')) resolve();
      });
      this.once('error', reject);
    });
  }
}

function serviceOf({ host, port }: StreamAddress): string {
  return `xmpp://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function refusal(cause: unknown): StreamRefused {
  if (!(cause instanceof Error)) return new StreamRefused(String(cause));
  const condition = 'condition' in cause && typeof cause.condition === 'string' ? cause.condition : undefined;
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
  const said = condition ?? code ?? cause.message;
  return new StreamRefused(`the XMPP server cannot be used: ${said}`, condition, { cause });
}
