import { z } from 'zod';
import type { ChangingDirectory } from '../../directory/directory.ts';
import { createKeptNews, type KeptNews } from '../../directory/kept/kept-news.ts';
import {
  directoryHeads,
  headId,
  listParts,
  partId,
  tenantsWithParts,
} from '../../directory/kept/kept-part.ts';
import { KeptWatch } from '../../directory/kept/kept-watch.ts';
import { OneByOne } from '../../directory/kept/one-by-one.ts';
import type { Tenant } from '../../directory/tenant.ts';
import type { Clock } from '../../platform/clock.ts';
import { as, type TenantId } from '../../platform/ids.ts';
import type { Logger } from '../../platform/log.ts';
import type { SecretBox } from '../../secrets/secret-box.ts';
import type { Signals } from '../../store/signals.ts';
import type { Store } from '../../store/store.ts';
import type { DirectoryRules } from './directory-rules.ts';
import { misfitLogged } from './misfit-words.ts';
import { openPart, type OpenedPart } from './opened-part.ts';

export interface KeptDirectoryOptions {
  readonly directory: ChangingDirectory;
  readonly store: Store;
  readonly rules: DirectoryRules;
  readonly box: SecretBox;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where several replicas share the store. */
  readonly signals?: Signals;
  /** The directory has another tenant of this id, or none any more. */
  readonly changed: (id: TenantId, before: Tenant | undefined, now: Tenant | undefined) => Promise<void>;
}

const wordSchema = z.strictObject({
  tenant: z
    .string()
    .min(1)
    .max(100)
    .transform((text) => as<TenantId>(text)),
});
type TenantWord = z.output<typeof wordSchema>;

/**
 * Brings what was added to the directory by REST from the store into it, and what becomes of it in any replica too: a tenant at a time. Where
 * `changed` fails, it is called again when the tenant is next looked at.
 */
export class KeptDirectory {
  readonly #options: KeptDirectoryOptions;
  readonly #news: KeptNews<TenantWord>;
  readonly #watch: KeptWatch<TenantWord>;
  readonly #turns = new OneByOne();
  /** What is in the directory, by tenant. */
  readonly #applied = new Map<TenantId, string>();
  readonly #broken = new Map<TenantId, string>();
  /** Parts that no longer fit, by their ids. */
  readonly #misfits = new Map<TenantId, readonly string[]>();
  /** Parts whose secrets are missing: looked for again. */
  readonly #unreadable = new Map<TenantId, string>();
  /** Tenants of whose change not everybody could be told, with what they were before it. */
  readonly #untold = new Map<TenantId, Tenant | undefined>();
  #watching = false;
  #stopped = false;

  constructor(options: KeptDirectoryOptions) {
    this.#options = options;
    const { store, signals, logger, clock } = options;
    this.#news = createKeptNews({ of: 'directory', word: wordSchema, store, signals, logger });
    this.#watch = new KeptWatch({
      news: this.#news,
      clock,
      logger,
      isShared: signals !== undefined,
      what: 'parts of the directory',
      apply: async ({ tenant }) => this.apply(tenant),
      lookAtAll: async () => this.#lookAtAll(),
    });
  }

  /** Fills the directory, before anything else looks into it. @throws {StoreUnavailable} */
  async load(): Promise<void> {
    await this.#news.isNews();
    await this.#lookAtAll();
  }

  /** From now on what changes is told. */
  watch(): void {
    this.#watching = true;
    this.#watch.start();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#watch.stop();
    await this.#turns.settled();
  }

  /** Why nothing is used that the store has of a tenant, where that is so. */
  reasonBroken(tenant: TenantId): string | undefined {
    return this.#broken.get(tenant);
  }

  /** What of a tenant is not used, and why, in words for operators; undefined: all is. */
  problemOf(tenant: TenantId): string | undefined {
    const misfits = this.#misfits.get(tenant);
    const unused = misfits && `not used, because they no longer fit: ${misfits.join(', ')}`;
    return this.#broken.get(tenant) ?? unused;
  }

  /** Of a change that was just committed: makes it true here, then everywhere. @throws {StoreUnavailable} */
  async committed(tenant: TenantId): Promise<void> {
    await Promise.all([this.apply(tenant), this.#news.tell({ tenant })]);
  }

  /** Makes what the store has true here. @throws {StoreUnavailable} */
  async apply(tenant: TenantId): Promise<void> {
    await this.#turns.run(tenant, async () => this.#apply(tenant));
  }

  async #apply(id: TenantId): Promise<void> {
    const { directory, store, box, logger, rules, changed } = this.#options;
    if (this.#stopped) return;
    const head = (await store.get(id, directoryHeads, headId))?.value.change;
    if (head === undefined) return;
    const isKnown = this.#applied.get(id) === head && !this.#untold.has(id);
    const formerly = this.#unreadable.get(id);
    if (isKnown && formerly === undefined) return;
    const parts = [...(await listParts(store, id)).values()].map(({ value }) => openPart(box, id, value));
    const unreadable = parts.flatMap(({ kind, name, problem }) =>
      problem === undefined ? [] : [`${kind}/${name}`],
    );
    if (isKnown && unreadable.join(' ') === formerly) return;
    if (unreadable.length === 0) this.#unreadable.delete(id);
    else this.#unreadable.set(id, unreadable.join(' '));
    for (const part of unreadable)
      logger.error({ tenant: id, part }, 'the secrets of a part of the directory cannot be decrypted');
    this.#tellMisfits(id, parts);
    const before = this.#untold.has(id) ? this.#untold.get(id) : directory.tenant(id);
    this.#broken.delete(id);
    try {
      const now = rules.tenant(id, parts);
      if (now === undefined) directory.removeTenant(id);
      else directory.putTenant(now);
    } catch (error) {
      this.#setAside(id, error instanceof Error ? error.message : 'it cannot be read');
    }
    this.#applied.set(id, head);
    if (!this.#watching) return;
    this.#untold.set(id, before);
    await changed(id, before, directory.tenant(id));
    this.#untold.delete(id);
  }

  /** What the config file declares goes on without what was added. */
  #setAside(id: TenantId, reason: string): void {
    const { directory, logger, rules } = this.#options;
    const ofFile = rules.ofFile(id);
    if (ofFile === undefined) {
      this.#broken.set(id, reason);
      directory.removeTenant(id);
      logger.error({ tenant: id, reason }, 'a tenant that was added by REST cannot be used');
    } else {
      this.#broken.set(id, `nothing is used that was added by REST: ${reason}`);
      directory.putTenant(ofFile);
      logger.error({ tenant: id, reason }, 'what was added to a tenant by REST cannot be used');
    }
  }

  #tellMisfits(id: TenantId, parts: readonly OpenedPart[]): void {
    const { rules, logger } = this.#options;
    const misfits = parts
      .map((part) => ({ part: partId(part), problems: rules.misfits(id, part) }))
      .filter(({ problems }) => problems.length > 0);
    if (misfits.length === 0) this.#misfits.delete(id);
    else
      this.#misfits.set(
        id,
        misfits.map(({ part }) => part),
      );
    for (const { part, problems } of misfits)
      logger.error(
        { tenant: id, part, reason: misfitLogged(problems) },
        'a part of the directory no longer fits and is not used; it stays in the store until it is said anew (PUT) or deleted',
      );
  }

  async #lookAtAll(): Promise<void> {
    for (const id of await tenantsWithParts(this.#options.store)) await this.apply(id);
  }
}
