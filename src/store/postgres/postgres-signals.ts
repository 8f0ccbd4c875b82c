import pg from 'pg';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import type { Signals } from '../signals.ts';
import { StoreUnavailable } from '../store.ts';
import { clientConfig, type PostgresConnection } from './connection-pool.ts';
import { notify, type Word } from './statements/notify.ts';

export interface PostgresSignalsOptions {
  readonly connection: PostgresConnection;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Milliseconds between tries to connect again. Default 500. */
  readonly reconnectMs?: number;
  /** A connection that says nothing is asked this often whether it is there. Default 5,000. */
  readonly probeMs?: number;
}

interface Waiting extends Word {
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;
}

/** The server refuses 8,000. */
const mostBytes = 7000;
const answerWithinMs = 5000;

/**
 * LISTEN and NOTIFY on one connection of its own, which must lead to the server itself: a pooler that lends connections by transaction
 * loses what is listened to. NOTIFY goes out by itself, not in the commits that it tells of: in a commit it would make all of the
 * database's commits queue behind one lock.
 */
export class PostgresSignals implements Signals {
  readonly #options: PostgresSignalsOptions;
  readonly #hearers = new Map<string, Set<(text: string) => void>>();
  readonly #gapListeners: (() => void)[] = [];
  #client: pg.Client | undefined;
  #waiting: Waiting[] = [];
  #sending = false;
  #closed = false;
  #cancel = (): void => undefined;
  #connecting: Promise<void> = Promise.resolve();
  /** A connection takes one statement at a time. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(options: PostgresSignalsOptions) {
    this.#options = options;
  }

  /** Resolves when it listens, or after a first failure: then it goes on trying. */
  static async open(options: PostgresSignalsOptions): Promise<PostgresSignals> {
    const signals = new PostgresSignals(options);
    await signals.#connect(false);
    return signals;
  }

  async send(channel: string, text: string): Promise<void> {
    if (Buffer.byteLength(text) > mostBytes) throw new RangeError(`a signal of more than ${mostBytes} bytes`);
    if (this.#client === undefined) throw away();
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    this.#waiting.push({ channel, text, resolve: () => resolve(undefined), reject });
    if (!this.#sending) void this.#pump();
    await promise;
  }

  listen(channel: string, hear: (text: string) => void): () => void {
    const known = this.#hearers.get(channel);
    const hearers = known ?? new Set();
    hearers.add(hear);
    this.#hearers.set(channel, hearers);
    if (known === undefined) this.#tell(`LISTEN ${pg.escapeIdentifier(channel)}`);
    return () => {
      if (!hearers.delete(hear) || hearers.size > 0) return;
      this.#hearers.delete(channel);
      this.#tell(`UNLISTEN ${pg.escapeIdentifier(channel)}`);
    };
  }

  onGap(listener: () => void): void {
    this.#gapListeners.push(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel();
    await this.#connecting;
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => undefined);
  }

  #connect(again: boolean): Promise<void> {
    this.#connecting = this.#tryToConnect(again);
    return this.#connecting;
  }

  async #tryToConnect(again: boolean): Promise<void> {
    const { connection, clock, logger, reconnectMs = 500 } = this.#options;
    const client = new pg.Client({
      ...clientConfig(connection),
      connectionTimeoutMillis: answerWithinMs,
      query_timeout: answerWithinMs,
    });
    const lost = (): void => {
      if (this.#client !== client) return;
      this.#client = undefined;
      this.#cancel();
      client.end().catch(() => undefined);
      if (this.#closed) return;
      logger.warn({}, 'store: the connection over which replicas tell each other of work broke');
      void this.#connect(true);
    };
    client.on('error', lost);
    client.on('end', lost);
    client.on('notification', ({ channel, payload }) => {
      for (const hear of this.#hearers.get(channel) ?? []) {
        try {
          hear(payload ?? '');
        } catch (error) {
          // Anybody with the database's password can say anything, and a replica of another version says it in its own way.
          logger.warn(
            { channel, reason: error instanceof Error ? error.name : 'unknown' },
            'store: what another process said could not be understood',
          );
        }
      }
    });
    try {
      await client.connect();
      for (const channel of this.#hearers.keys())
        await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
    } catch (error) {
      client.end().catch(() => undefined);
      if (this.#closed) return;
      if (!again)
        logger.warn({ reason: String(error) }, 'store: replicas cannot tell each other of work yet');
      this.#cancel = clock.after(reconnectMs, () => void this.#connect(true));
      return;
    }
    if (this.#closed) {
      await client.end().catch(() => undefined);
      return;
    }
    this.#client = client;
    this.#probe(client, lost);
    if (again) for (const listener of this.#gapListeners) listener();
  }

  #probe(client: pg.Client, lost: () => void): void {
    this.#cancel = this.#options.clock.after(this.#options.probeMs ?? 5000, () => {
      this.#oneAfterTheOther(async () => client.query('SELECT')).then(() => {
        if (this.#client === client) this.#probe(client, lost);
      }, lost);
    });
  }

  /** What it fails to tell the server is told when it connects again: the list of channels is what counts. */
  #tell(statement: string): void {
    const client = this.#client;
    if (client === undefined) return;
    this.#oneAfterTheOther(async () => client.query(statement)).catch(() => {
      client.emit('end');
    });
  }

  async #oneAfterTheOther<Result>(ask: () => Promise<Result>): Promise<Result> {
    const asked = this.#last.then(ask, ask);
    this.#last = asked.catch(() => undefined);
    return asked;
  }

  async #pump(): Promise<void> {
    this.#sending = true;
    while (this.#waiting.length > 0) {
      const words = this.#waiting;
      this.#waiting = [];
      try {
        const client = this.#client;
        if (client === undefined) throw away();
        await this.#oneAfterTheOther(async () => notify(client, words));
        for (const { resolve } of words) resolve();
      } catch (error) {
        for (const { reject } of words) reject(error instanceof StoreUnavailable ? error : away(error));
      }
    }
    this.#sending = false;
  }
}

function away(cause?: unknown): StoreUnavailable {
  return new StoreUnavailable('other replicas cannot be told', { cause });
}
