import type { Clock } from '../platform/clock.ts';
import type { LineId, TenantId } from '../platform/ids.ts';
import type { Logger } from '../platform/log.ts';
import type {
  ChannelEvent,
  ChannelHost,
  Connection,
  LineFiles,
  LineState,
  MediaAccess,
  OtherConnections,
  TypingEvent,
} from '../channels/channel.ts';
import { findChannelModule } from '../channels/registry.ts';
import type { NewEntry } from '../delivery/delivery.ts';
import { conversationOf } from '../directory/contact.ts';
import type { Directory } from '../directory/directory.ts';
import type { LineSettings, Tenant } from '../directory/tenant.ts';
import type { ProbeFinding } from '../matrix/matrix-side.ts';
import type { Signals } from '../store/signals.ts';
import type { Store } from '../store/store.ts';
import type { ConversationEvent } from './conversation-event.ts';
import { lineEntryId } from './entry-ids.ts';
import { createHeldLines, type HeldLines, type LineHold } from './held-lines.ts';
import { createLineRecords } from './line-records.ts';
import { createOtherConnections, noOthers } from './other-connections.ts';

export interface LinesOptions {
  readonly directory: Directory;
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Without a slash at the end. */
  readonly publicUrl: string;
  media(tenant: TenantId): MediaAccess;
  files(tenant: TenantId, line: LineId): LineFiles;
  accept(tenant: TenantId, entries: readonly NewEntry<ConversationEvent>[]): Promise<unknown>;
  typing(tenant: TenantId, line: LineId, event: TypingEvent): void;
  stateChanged(tenant: TenantId, line: LineSettings, state: LineState): void;
  /** Where several replicas share the store. Default: this process has every line. */
  readonly shared?: {
    readonly signals: Signals;
    /** For lines that hold a connection. @throws {StoreUnavailable} */
    readonly hold: (tenant: TenantId, line: LineId) => Promise<LineHold | undefined>;
  };
}

export interface OpenLine {
  readonly tenant: TenantId;
  readonly line: LineSettings;
  readonly connection: Connection;
  readonly state: LineState;
  readonly maxBodyBytes: number;
}

const defaultMaxBodyBytes = 4 * 1024 * 1024;

/** The open connections of all lines. One that cannot be opened is reported and holds up no other. */
export class Lines {
  readonly #options: LinesOptions;
  readonly #open = new Map<string, OpenLine>();
  readonly #others = new Map<string, { close(): void }>();
  readonly #held: HeldLines | undefined;

  constructor(options: LinesOptions) {
    this.#options = options;
    const { shared, clock, logger, directory } = options;
    if (shared === undefined) return;
    this.#held = createHeldLines({
      clock,
      logger,
      hold: shared.hold,
      open: async (tenantId, lineId) => {
        const tenant = directory.tenant(tenantId);
        const line = tenant?.lines.get(lineId);
        if (tenant !== undefined && line !== undefined) await this.#openLine(tenant, line);
      },
      close: async (tenant, line) => this.#closeLine(key(tenant, line)),
    });
  }

  async open(): Promise<void> {
    const all = this.#options.directory
      .tenants()
      .flatMap((tenant) => [...tenant.lines.values()].map((line) => ({ tenant, line })));
    const shared = all.filter(({ tenant, line }) => !this.isHeld(tenant.id, line.id));
    for (const { tenant, line } of all)
      if (this.isHeld(tenant.id, line.id)) this.#held?.add(tenant.id, line.id);
    await Promise.all([
      ...shared.map(async ({ tenant, line }) => this.#openLine(tenant, line)),
      this.lookForHeld(),
    ]);
  }

  /** Whether one replica at a time has the line's connection. */
  isHeld(tenant: TenantId, line: LineId): boolean {
    if (this.#held === undefined) return false;
    const channel = this.#options.directory.tenant(tenant)?.lines.get(line)?.channel;
    return channel !== undefined && findChannelModule(channel)?.holdsConnection === true;
  }

  /** A replica may have left lines: asks for those that it had. */
  async lookForHeld(): Promise<void> {
    await this.#held?.look();
  }

  connection(tenant: TenantId, line: LineId): Connection | undefined {
    return this.#open.get(key(tenant, line))?.connection;
  }

  /** The line behind a webhook path; the channel must be the line's own. */
  lookUp(channel: string, tenant: string, line: string): OpenLine | undefined {
    const found = this.#open.get(key(tenant, line));
    return found?.line.channel === channel ? found : undefined;
  }

  all(): readonly OpenLine[] {
    return [...this.#open.values()];
  }

  /** A live check of each line that has one. */
  async verify(): Promise<ProbeFinding[]> {
    return Promise.all(
      this.all().map(async ({ tenant, line, connection, state }) => {
        const check = `${tenant}: line ${line.id}`;
        const wrong = (await connection.verify?.().catch((error: unknown) => [String(error)])) ?? [];
        if (wrong.length > 0) return { check, ok: false, detail: wrong.join('; ') };
        return {
          check,
          ok: true,
          detail: connection.verify === undefined ? state.state : 'the network takes its parameters',
        };
      }),
    );
  }

  async close(): Promise<void> {
    await this.#held?.close();
    await Promise.all([...this.#open.keys()].map(async (name) => this.#closeLine(name)));
  }

  async #closeLine(name: string): Promise<void> {
    const open = this.#open.get(name);
    this.#open.delete(name);
    this.#others.get(name)?.close();
    this.#others.delete(name);
    await open?.connection.close().catch(() => undefined);
  }

  async #openLine(tenant: Tenant, line: LineSettings): Promise<void> {
    const { logger } = this.#options;
    const module = findChannelModule(line.channel);
    if (module === undefined) throw new Error(`line ${line.id}: no network is called ${line.channel}`);
    const name = key(tenant.id, line.id);
    let state: LineState = { state: 'connecting' };
    const report = (next: LineState): void => {
      state = next;
      const open = this.#open.get(name);
      if (open !== undefined) this.#open.set(name, { ...open, state: next });
      this.#options.stateChanged(tenant.id, line, next);
    };
    try {
      const connection = await module.open(
        {
          tenant: tenant.id,
          id: line.id,
          channel: line.channel,
          parameters: line.parameters,
          displayName: line.displayName,
        },
        this.#host(tenant, line, report),
      );
      const maxBodyBytes = module.maxBodyBytes ?? defaultMaxBodyBytes;
      this.#open.set(name, { tenant: tenant.id, line, connection, state, maxBodyBytes });
    } catch (error) {
      logger.error(
        { tenant: tenant.id, line: line.id, error: String(error) },
        'the line could not be opened',
      );
      report({ state: 'disconnected', reason: 'the line could not be opened', retrying: false });
    }
  }

  #othersOf(tenant: TenantId, line: LineId): OtherConnections {
    const { shared, logger } = this.#options;
    if (shared === undefined) return noOthers;
    const others = createOtherConnections(shared.signals, logger, tenant, line);
    this.#others.set(key(tenant, line), others);
    return others;
  }

  #host(tenant: Tenant, line: LineSettings, report: (state: LineState) => void): ChannelHost {
    const options = this.#options;
    const { directory, store, clock, logger, publicUrl } = options;
    return {
      accept: async (events) => {
        await options.accept(
          tenant.id,
          events.map((event) => entryOf(tenant.id, line.id, event)),
        );
      },
      typing: (event) => {
        options.typing(tenant.id, line.id, event);
      },
      report,
      knows: async (identifier) => {
        const resolution = directory.resolve(identifier);
        return resolution.outcome === 'hit'
          ? resolution.tenant === tenant.id
          : resolution.outcome === 'ambiguous' && resolution.tenants.includes(tenant.id);
      },
      media: options.media(tenant.id),
      files: options.files(tenant.id, line.id),
      records: createLineRecords(store, tenant.id, line.id),
      others: this.#othersOf(tenant.id, line.id),
      publicUrl: `${publicUrl}/channels/${line.channel}/${tenant.id}/${line.id}`,
      clock,
      logger: logger.child({ tenant: tenant.id, line: line.id }),
    };
  }
}

function key(tenant: string, line: string): string {
  return `${tenant}/${line}`;
}

function entryOf(tenant: TenantId, line: LineId, event: ChannelEvent): NewEntry<ConversationEvent> {
  return {
    id: lineEntryId(line, event.kind, event.id),
    key: conversationOf(tenant, line, event.from),
    event: { type: 'channel', line, event },
  };
}
