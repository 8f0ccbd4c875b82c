import { Pool } from 'undici';
import type { Registration } from '../../../src/matrix/registration.ts';
import type { StoredEvent } from './room.ts';
import {
  ephemeralPerTransaction,
  eventsPerTransaction,
  isStrandedByKill,
  recoveryDelaySeconds,
  retriesAfterSuccess,
} from './rules.ts';

interface PendingTransaction {
  readonly id: number;
  readonly events: readonly object[];
  readonly ephemeral: readonly object[];
}

export interface PushOptions {
  readonly timeoutMs: number;
  /** What a second of the backoff lasts, so that tests need not wait for minutes. */
  readonly secondMs: number;
}

/**
 * Pushes to one application service as Synapse's scheduler does: one transaction in flight; after a failure the service is down, and
 * what happens then is stored as it comes (one transaction each), and replayed serially; ephemeral events of that time are gone.
 */
export class AppservicePush {
  readonly registration: Registration;
  /** For assertions: how many transactions were acknowledged and refused. */
  acknowledged = 0;
  refused = 0;
  /** And the statuses of those that got an answer. */
  readonly statuses = new Set<number>();
  /** What a second of the waits that begin from now on lasts, milliseconds. */
  secondMs: number;
  readonly #options: PushOptions;
  #queue: object[] = [];
  #ephemeral: object[] = [];
  #pending: PendingTransaction[] = [];
  #counter = 0;
  #inFlight = false;
  #down = false;
  #retries = 0;
  #timer: NodeJS.Timeout | undefined;
  #pool: Pool | undefined;
  #prefix = '';
  #stopped = true;
  #stranded = false;

  constructor(registration: Registration, options: PushOptions) {
    this.registration = registration;
    this.#options = options;
    this.secondMs = options.secondMs;
  }

  get isDown(): boolean {
    return this.#down;
  }

  /** Events and transactions that are not acknowledged. */
  get backlog(): number {
    return this.#queue.length + this.#pending.reduce((sum, { events }) => sum + events.length, 0);
  }

  start(): void {
    const { url } = this.registration;
    if (url === null) return;
    const at = new URL(url);
    this.#prefix = at.pathname.replace(/\/+$/, '');
    this.#pool = new Pool(at.origin, { connections: 2, keepAliveTimeout: 120_000 });
    this.#stopped = false;
    // Synapse on SQLite counts on from what is pending, or from 1 (seen).
    this.#counter = Math.max(0, ...this.#pending.map(({ id }) => id));
    if (this.#pending.length > 0 && !this.#stranded) this.#recover();
    else this.#pump();
  }

  /** `killed`: as rules.ts says of a Synapse that is killed; otherwise nothing but ephemeral events is lost. */
  async stop(killed = false): Promise<void> {
    if (killed) {
      this.#queue = [];
    }
    this.#stranded = killed && isStrandedByKill(!this.#down);
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#pool?.destroy();
    this.#ephemeral = [];
    this.#down = false;
    this.#retries = 0;
    this.#inFlight = false;
  }

  push(event: object): void {
    if (this.registration.url === null) return;
    this.#queue.push(event);
    this.#pump();
  }

  pushEphemeral(event: object): void {
    if (this.registration.url === null || this.#down) return;
    this.#ephemeral.push(event);
    this.#pump();
  }

  /** What `POST /appservice/{id}/ping` does. Gives the service's status, or what kept it from answering. */
  async ping(
    transactionId: string | undefined,
  ): Promise<{ status: number; body: string } | 'failed' | 'timeout'> {
    const body = JSON.stringify(transactionId === undefined ? {} : { transaction_id: transactionId });
    try {
      const answer = await this.#request('POST', '/_matrix/app/v1/ping', body);
      if (answer.status >= 200 && answer.status < 300 && this.#down) {
        clearTimeout(this.#timer);
        void this.#retry();
      }
      return answer;
    } catch (error) {
      return error instanceof Error && error.name === 'TimeoutError' ? 'timeout' : 'failed';
    }
  }

  #pump(): void {
    if (this.#stopped || this.#inFlight) return;
    if (this.#down) {
      // Each as it comes: this is why a down service gets its backlog one event at a time (synapse#8704).
      for (const event of this.#queue.splice(0)) this.#pending.push(this.#transaction([event], []));
      return;
    }
    if (this.#queue.length === 0 && this.#ephemeral.length === 0) return;
    this.#inFlight = true;
    // After the turn, as a busy homeserver would find several events waiting.
    setImmediate(() => void this.#sendNext());
  }

  async #sendNext(): Promise<void> {
    const transaction = this.#transaction(
      this.#queue.splice(0, eventsPerTransaction),
      this.#ephemeral.splice(0, ephemeralPerTransaction),
    );
    this.#pending.push(transaction);
    const ok = await this.#send(transaction);
    if (this.#stopped) return;
    this.#inFlight = false;
    const rest = this.#pending.filter((each) => each !== transaction);
    this.#pending = ok ? rest : [...rest, { ...transaction, ephemeral: [] }];
    if (!ok) {
      this.#ephemeral = [];
      this.#recover();
    }
    this.#pump();
  }

  #recover(): void {
    this.#down = true;
    this.#retries += 1;
    clearTimeout(this.#timer);
    const delay = recoveryDelaySeconds(this.#retries) * this.secondMs;
    this.#timer = setTimeout(() => void this.#retry(), delay);
  }

  async #retry(): Promise<void> {
    if (this.#stopped || this.#inFlight || !this.#down) return;
    this.#inFlight = true;
    for (;;) {
      for (const event of this.#queue.splice(0)) this.#pending.push(this.#transaction([event], []));
      const [oldest] = this.#pending;
      if (oldest === undefined) break;
      const ok = await this.#send(oldest);
      if (this.#isStopped()) return;
      if (!ok) {
        this.#inFlight = false;
        this.#recover();
        return;
      }
      this.#pending.shift();
      this.#retries = retriesAfterSuccess;
    }
    this.#inFlight = false;
    this.#down = false;
    this.#retries = 0;
    this.#pump();
  }

  #isStopped(): boolean {
    return this.#stopped;
  }

  #transaction(events: readonly object[], ephemeral: readonly object[]): PendingTransaction {
    this.#counter += 1;
    return { id: this.#counter, events, ephemeral };
  }

  async #send({ id, events, ephemeral }: PendingTransaction): Promise<boolean> {
    const unstable = this.registration['de.sorunome.msc2409.push_ephemeral'];
    const body = JSON.stringify({
      events,
      ...(ephemeral.length > 0 && this.registration.receive_ephemeral ? { ephemeral } : {}),
      ...(ephemeral.length > 0 && unstable ? { 'de.sorunome.msc2409.ephemeral': ephemeral } : {}),
    });
    let ok = false;
    try {
      const { status } = await this.#request('PUT', `/_matrix/app/v1/transactions/${id}`, body);
      ok = status >= 200 && status < 300;
      this.statuses.add(status);
    } catch {
      ok = false;
    }
    if (ok) this.acknowledged += 1;
    else this.refused += 1;
    return ok;
  }

  async #request(
    method: 'PUT' | 'POST',
    path: string,
    body: string,
  ): Promise<{ status: number; body: string }> {
    if (this.#pool === undefined) throw new Error('not started');
    const answer = await this.#pool.request({
      method,
      path: this.#prefix + path,
      headers: {
        authorization: `Bearer ${this.registration.hs_token}`,
        'content-type': 'application/json',
      },
      body,
      signal: AbortSignal.timeout(this.#options.timeoutMs),
    });
    return { status: answer.statusCode, body: await answer.body.text() };
  }
}

/** As it stands in a transaction. */
export function asPushed(event: StoredEvent, now: number): object {
  return {
    ...event,
    user_id: event.sender,
    age: now - event.origin_server_ts,
    unsigned: { ...event.unsigned, age: now - event.origin_server_ts },
  };
}
