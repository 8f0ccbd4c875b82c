import type { Clock } from '../../platform/clock.ts';
import type { TenantId } from '../../platform/ids.ts';
import type { Logger } from '../../platform/log.ts';
import type { Store } from '../../store/store.ts';
import { readHead } from './event-log.ts';

const lookEveryMs = 250;

interface Watched {
  readonly listeners: Set<() => void>;
  head: number;
}

/**
 * Wakes those who wait for a tenant's next event. Looks at one record a tenant, whoever wrote it: so it is the same on every replica, and
 * costs nothing where nobody waits.
 */
export class EventTail {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #watched = new Map<TenantId, Watched>();

  constructor(parts: { readonly store: Store; readonly clock: Clock; readonly logger: Logger }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
  }

  /** Resolves when there is an event beyond `position` (true), after `atMostMs`, or when the signal aborts. */
  async beyond(tenant: TenantId, position: number, atMostMs: number, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted || this.#headOf(tenant) > position) return true;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const done = (): void => resolve(undefined);
    const cancel = this.#clock.after(atMostMs, done);
    const woken = (): void => {
      if (this.#headOf(tenant) > position) done();
    };
    signal.addEventListener('abort', done, { once: true });
    this.#listen(tenant, woken);
    await promise;
    cancel();
    signal.removeEventListener('abort', done);
    this.#forget(tenant, woken);
    return this.#headOf(tenant) > position;
  }

  #headOf(tenant: TenantId): number {
    return this.#watched.get(tenant)?.head ?? 0;
  }

  #listen(tenant: TenantId, listener: () => void): void {
    const known = this.#watched.get(tenant);
    if (known !== undefined) {
      known.listeners.add(listener);
      return;
    }
    this.#watched.set(tenant, { listeners: new Set([listener]), head: 0 });
    this.#look(tenant);
  }

  #forget(tenant: TenantId, listener: () => void): void {
    this.#watched.get(tenant)?.listeners.delete(listener);
  }

  #look(tenant: TenantId): void {
    void readHead(this.#store, tenant)
      .then((head) => {
        const watched = this.#watched.get(tenant);
        if (watched === undefined) return;
        watched.head = head;
        for (const listener of [...watched.listeners]) listener();
      })
      .catch((error: unknown) => {
        this.#logger.debug(
          { tenant, err: error },
          'whether there are events could not be read; trying again',
        );
      })
      .finally(() => {
        this.#clock.after(lookEveryMs, () => {
          if (this.#watched.get(tenant)?.listeners.size === 0) this.#watched.delete(tenant);
          else this.#look(tenant);
        });
      });
  }
}
