import { z } from 'zod';
import { keptLines, type KeptLine } from '../../directory/kept-line.ts';
import type { ChangingDirectory } from '../../directory/directory.ts';
import type { Clock } from '../../platform/clock.ts';
import { createKeptNews, type KeptNews } from '../../directory/kept/kept-news.ts';
import { KeptWatch } from '../../directory/kept/kept-watch.ts';
import { OneByOne } from '../../directory/kept/one-by-one.ts';
import { as, type LineId, type TenantId } from '../../platform/ids.ts';
import type { Logger } from '../../platform/log.ts';
import type { SecretBox } from '../../secrets/secret-box.ts';
import type { Signals } from '../../store/signals.ts';
import { Conflict, put, type Store } from '../../store/store.ts';
import { listKeptLines, settingsOf } from './kept-line-records.ts';
import type { LineEndings } from './line-endings.ts';
import type { LineRules } from './line-rules.ts';

export interface KeptLinesOptions {
  readonly directory: ChangingDirectory;
  readonly store: Store;
  readonly box: SecretBox;
  readonly rules: LineRules;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where several replicas share the store. */
  readonly signals?: Signals;
  readonly endings: Pick<LineEndings, 'follow'>;
  /** The directory has something new about the line. */
  readonly changed: (tenant: TenantId, line: LineId) => Promise<void>;
}

const name = z.string().min(1).max(100);
const wordSchema = z.strictObject({
  tenant: name.transform((text) => as<TenantId>(text)),
  line: name.transform((text) => as<LineId>(text)),
});
type LineWord = z.output<typeof wordSchema>;

/**
 * Brings the lines that were added by REST from the store into the directory, and what becomes of them in any replica too. A line of the
 * config file of the same name stands before one of these. Where `changed` fails, it is called again when the line is next looked at.
 */
export class KeptLines {
  readonly #options: KeptLinesOptions;
  readonly #news: KeptNews<LineWord>;
  readonly #watch: KeptWatch<LineWord>;
  readonly #declared: ReadonlySet<string>;
  /** What is in the directory, by line. */
  readonly #applied = new Map<string, string>();
  readonly #broken = new Map<string, string>();
  readonly #turns = new OneByOne();
  /** Lines of whose change not everybody could be told. */
  readonly #untold = new Set<string>();
  #watching = false;
  #stopped = false;

  constructor(options: KeptLinesOptions) {
    this.#options = options;
    const { store, signals, logger, clock } = options;
    this.#news = createKeptNews({ of: 'lines', word: wordSchema, store, signals, logger });
    this.#watch = new KeptWatch({
      news: this.#news,
      clock,
      logger,
      isShared: signals !== undefined,
      what: 'lines',
      apply: async ({ tenant, line }) => this.apply(tenant, line),
      lookAtAll: async () => this.#lookAtAll(),
    });
    this.#declared = new Set(
      options.directory
        .tenants()
        .flatMap(({ id, lines }) =>
          [...lines.values()].filter((line) => line.isShared !== true).map((line) => nameOf(id, line.id)),
        ),
    );
  }

  /** Fills the directory, before any line is opened. @throws {StoreUnavailable} */
  async load(): Promise<void> {
    await this.#news.isNews();
    await this.#lookAtAll();
  }

  /** From now on what changes is told: lines are open. */
  watch(): void {
    this.#watching = true;
    this.#watch.start();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#watch.stop();
    await this.#turns.settled();
  }

  /** Whether the config file has a line of this name. */
  isDeclared(tenant: TenantId, line: LineId): boolean {
    return this.#declared.has(nameOf(tenant, line));
  }

  /** Why a line of the store is not in the directory, where it could not be used. */
  reasonBroken(tenant: TenantId, line: LineId): string | undefined {
    return this.#broken.get(nameOf(tenant, line));
  }

  /** Of a change that was just committed: makes it true here, then everywhere. @throws {StoreUnavailable} */
  async committed(tenant: TenantId, line: LineId): Promise<void> {
    await Promise.all([this.apply(tenant, line), this.#news.tell({ tenant, line })]);
  }

  /** Makes what the store has true here. @throws {StoreUnavailable} */
  async apply(tenant: TenantId, line: LineId): Promise<void> {
    await this.#turns.run(nameOf(tenant, line), async () => this.#apply(tenant, line));
  }

  async #apply(tenantId: TenantId, line: LineId): Promise<void> {
    const { directory, store, clock, logger, changed, box, rules } = this.#options;
    const name = nameOf(tenantId, line);
    const tenant = directory.tenant(tenantId);
    if (this.#stopped || tenant === undefined || this.#declared.has(name)) return;
    const record = (await store.get(tenantId, keptLines, line))?.value;
    const tag = record?.tag;
    if (this.#applied.get(name) === tag && !this.#untold.has(name)) return;
    this.#broken.delete(name);
    this.#applied.delete(name);
    if (record === undefined || tag === undefined) directory.removeLine(tenantId, line);
    else {
      try {
        directory.putLine(tenantId, settingsOf({ box, rules, now: clock.now() }, tenant, line, record));
        this.#applied.set(name, tag);
      } catch (error) {
        const reason = error instanceof Error ? error.message : 'it cannot be read';
        this.#broken.set(name, reason);
        directory.removeLine(tenantId, line);
        logger.error({ tenant: tenantId, line, reason }, 'a line that was added by REST cannot be used');
      }
    }
    if (!this.#watching) return;
    this.#untold.add(name);
    await changed(tenantId, line);
    this.#untold.delete(name);
  }

  async #lookAtAll(): Promise<void> {
    for (const { id } of this.#options.directory.tenants()) await this.lookAt(id);
  }

  /** All of a tenant that has changed itself: what its lines name may be there now. @throws {StoreUnavailable} */
  async lookAt(tenant: TenantId): Promise<void> {
    const stored = await listKeptLines(this.#options.store, tenant);
    const prefix = nameOf(tenant, '');
    const known = [...this.#applied.keys(), ...this.#broken.keys(), ...this.#untold]
      .filter((name) => name.startsWith(prefix))
      .map((name) => as<LineId>(name.slice(prefix.length)));
    const different = [...new Set([...stored.keys(), ...known])].filter((line) => {
      const name = nameOf(tenant, line);
      return this.#applied.get(name) !== stored.get(line)?.value.tag || this.#untold.has(name);
    });
    await Promise.all(different.map(async (line) => this.apply(tenant, line)));
    await Promise.all([...stored].map(async ([line, one]) => this.#forgetPrevious(tenant, line, one)));
    void this.#options.endings.follow(tenant);
  }

  /** What is no longer taken need not lie about. */
  async #forgetPrevious(
    tenant: TenantId,
    line: LineId,
    { value, version }: { readonly value: KeptLine; readonly version: number },
  ): Promise<void> {
    const { previous, ...record } = value;
    if (previous === undefined || previous.until > this.#options.clock.now()) return;
    try {
      await this.#options.store.commit(tenant, [put(keptLines, line, record, version)]);
    } catch (error) {
      // Somebody changed it, or did this.
      if (!(error instanceof Conflict)) throw error;
    }
  }
}

function nameOf(tenant: TenantId, line: string): string {
  return `${tenant}/${line}`;
}
