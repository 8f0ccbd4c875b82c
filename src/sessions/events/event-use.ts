import type { Clock } from '../../platform/clock.ts';
import type { TenantId } from '../../platform/ids.ts';
import type { Logger } from '../../platform/log.ts';
import { Conflict, defineCollection, put, systemTenant, type Store } from '../../store/store.ts';

/** Until when the happenings of tenants are recorded, by tenant. One record of the installation. */
const eventUses = defineCollection<{ readonly until: Readonly<Record<string, number>> }>('event-use');
const recordId = 'use';

/** Replicas look so often whose happenings are wanted. */
const lookEveryMs = 1000;
/** Nobody pays for what nobody asks for: without a webhook, and so long after the last stream, a tenant's happenings are no longer recorded. */
const usedForMs = 7 * 86_400_000;
const forEver = 8.64e15;

/**
 * Whose happenings are recorded: those of tenants with a stream in the last days, or with webhooks. Every decision asks, so it is known
 * without asking the store.
 */
export class EventUse {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #alone: boolean;
  #until: Readonly<Record<string, number>> = {};
  #stopped = false;

  /** @param parts.alone no other replica shares the store. */
  constructor(parts: {
    readonly store: Store;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly alone: boolean;
  }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
    this.#alone = parts.alone;
  }

  async start(): Promise<void> {
    await this.#look();
    if (!this.#alone) this.#lookLater();
  }

  stop(): void {
    this.#stopped = true;
  }

  isUsed(tenant: TenantId): boolean {
    return (Object.hasOwn(this.#until, tenant) ? (this.#until[tenant] ?? 0) : 0) > this.#clock.now();
  }

  /** For some days. When it resolves, all replicas record what happens to the tenant from now on. @throws {StoreUnavailable} */
  async use(tenant: TenantId): Promise<void> {
    const left = (this.#until[tenant] ?? 0) - this.#clock.now();
    // Renewed in the second half only: every stream that opens asks for it.
    if (left > usedForMs / 2) return;
    await this.#setUntil(tenant, this.#clock.now() + usedForMs);
  }

  /** The same for ever, or until `release`. */
  async keep(tenant: TenantId): Promise<void> {
    await this.#setUntil(tenant, forEver);
  }

  /** Nobody needs it but perhaps a stream. */
  async release(tenant: TenantId): Promise<void> {
    await this.#setUntil(tenant, this.#clock.now() + usedForMs);
  }

  async #setUntil(tenant: TenantId, time: number): Promise<void> {
    const wasUsed = this.isUsed(tenant);
    for (;;) {
      const read = await this.#store.get(systemTenant, eventUses, recordId);
      const until = { ...read?.value.until, [tenant]: time };
      try {
        const write = put(eventUses, recordId, { until }, read?.version ?? 'absent');
        await this.#store.commit(systemTenant, [write]);
        this.#until = until;
        break;
      } catch (error) {
        if (!(error instanceof Conflict)) throw error;
      }
    }
    if (!this.#alone && !wasUsed)
      await new Promise<void>((resolve) => this.#clock.after(2 * lookEveryMs, resolve));
  }

  async #look(): Promise<void> {
    this.#until = (await this.#store.get(systemTenant, eventUses, recordId))?.value.until ?? {};
  }

  #lookLater(): void {
    this.#clock.after(lookEveryMs, () => {
      if (this.#stopped) return;
      void this.#look()
        .catch((error: unknown) => {
          this.#logger.debug({ err: error }, 'whose events are wanted could not be read; trying again');
        })
        .finally(() => this.#lookLater());
    });
  }
}
