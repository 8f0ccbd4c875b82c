import { atMost } from '../platform/at-most.ts';
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
import { isShared, sharedTenantId } from '../directory/shared-tenant.ts';
import type { LineSettings, Tenant } from '../directory/tenant.ts';
import type { ProbeFinding } from '../matrix/matrix-side.ts';
import type { Signals } from '../store/signals.ts';
import type { Store } from '../store/store.ts';
import type { ConversationEvent } from './conversation-event.ts';
import { endpointAt } from './endpoints/endpoint.ts';
import { lineEntryId } from './entry-ids.ts';
import { createHeldLines, type HeldLines, type LineHold } from './held-lines.ts';
import { createLineRecords } from './line-records.ts';
import { openLine, type OpenLine } from './open-line.ts';
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
  /** The line is no more. */
  removed?(tenant: TenantId, line: LineSettings): void;
  /** Where several replicas share the store. Default: this process has every line. */
  readonly shared?: {
    readonly signals: Signals;
    /** For lines that hold a connection. @throws {StoreUnavailable} */
    readonly hold: (tenant: TenantId, line: LineId) => Promise<LineHold | undefined>;
  };
}

/** Other replicas are to take over what this one has, and a stop has ten seconds in all. */
const closeWithinMs = 2_000;

/** The open connections of all lines. One that cannot be opened is reported and holds up no other. */
export class Lines {
  readonly #options: LinesOptions;
  readonly #open = new Map<string, OpenLine>();
  readonly #held: HeldLines | undefined;
  /** Changes of one line, one after the other. */
  readonly #changing = new Map<string, Promise<void>>();
  /** Replaced, with something still under way. */
  readonly #retiring = new Set<OpenLine>();
  #closed = false;

  constructor(options: LinesOptions) {
    this.#options = options;
    const { shared, clock, logger, directory } = options;
    if (shared === undefined) return;
    this.#held = createHeldLines({
      clock,
      logger,
      hold: shared.hold,
      sharedBy: (owner, line) =>
        isShared(owner)
          ? directory.tenants().flatMap(({ id, lines }) => (lines.get(line)?.isShared === true ? [id] : []))
          : [],
      open: async (tenantId, lineId) => {
        const tenant = directory.tenant(tenantId);
        const line = tenant?.lines.get(lineId);
        if (tenant === undefined || line === undefined) return;
        // A store that was away for a moment must not leave it closed until the next start.
        if (!(await this.#openLine(tenant, line, true))) throw new Error('the line could not be opened');
      },
      close: async (tenant, line) => this.#closeLine(key(tenant, line)),
    });
  }

  async open(): Promise<void> {
    const all = this.#options.directory
      .tenants()
      .flatMap((tenant) => [...tenant.lines.values()].map((line) => ({ tenant, line })))
      .filter(({ line }) => line.isShared !== true);
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

  /**
   * The directory says something new of the line: opens, replaces or closes its connection, and touches no other. Where several connections
   * may be open at once, the new one has its place before the former is closed.
   */
  async change(tenant: TenantId, line: LineId): Promise<void> {
    const name = key(tenant, line);
    const before = this.#changing.get(name) ?? Promise.resolve();
    const change = before.then(async () => this.#change(tenant, line));
    const settled = change.catch(() => undefined);
    this.#changing.set(name, settled);
    await change.finally(() => {
      if (this.#changing.get(name) === settled) this.#changing.delete(name);
    });
  }

  connection(tenant: TenantId, line: LineId): Connection | undefined {
    return this.find(tenant, line)?.connection;
  }

  find(tenant: TenantId, line: LineId): OpenLine | undefined {
    const isAlias = this.#options.directory.tenant(tenant)?.lines.get(line)?.isShared === true;
    return this.#open.get(key(isAlias ? sharedTenantId : tenant, line));
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
      this.all().map(async (open) => {
        const { tenant, line, state } = open;
        const check = `${tenant}: line ${line.id}`;
        const wrong = await problemsOfLine(open);
        if (wrong !== undefined && wrong.length > 0) return { check, ok: false, detail: wrong.join('; ') };
        const detail = wrong === undefined ? state.state : 'the network takes its parameters';
        return { check, ok: true, detail };
      }),
    );
  }

  /** Takes leave of all networks, and waits no more for one that is slow: what it has of this replica ends with the process. */
  async close(): Promise<void> {
    this.#closed = true;
    const { clock, logger } = this.#options;
    if (!(await atMost(clock, closeWithinMs, this.#closeAll())))
      logger.warn({}, 'a network takes too long to let go of a line; ending without it');
  }

  async #closeAll(): Promise<void> {
    await Promise.all(this.#changing.values());
    await this.#held?.close();
    await Promise.all([...this.#open.keys()].map(async (name) => this.#closeLine(name)));
    await Promise.all([...this.#retiring].map(async (former) => former.close()));
  }

  async #change(tenantId: TenantId, lineId: LineId): Promise<void> {
    if (this.#closed) return;
    const name = key(tenantId, lineId);
    const tenant = this.#options.directory.tenant(tenantId);
    const line = tenant?.lines.get(lineId);
    const former = this.#open.get(name);
    if (tenant === undefined || line === undefined) {
      await this.#held?.remove(tenantId, lineId);
      await this.#closeLine(name);
      if (former !== undefined) this.#options.removed?.(tenantId, former.line);
      return;
    }
    if (findChannelModule(line.channel)?.holdsConnection === true) {
      if (this.#held !== undefined) return this.#held.renew(tenantId, lineId);
      await this.#closeLine(name);
      await this.#openLine(tenant, line);
      return;
    }
    await this.#openLine(tenant, line);
    if (former === undefined) return;
    // Of one that could not be opened with what is to be, the former must not go on with what was.
    if (this.#open.get(name) === former) this.#open.delete(name);
    this.#retiring.add(former);
    void former.retire().finally(() => this.#retiring.delete(former));
  }

  async #closeLine(name: string): Promise<void> {
    const open = this.#open.get(name);
    this.#open.delete(name);
    await open?.close();
  }

  /** False where it could not. @param retrying whether it will be tried again */
  async #openLine(tenant: Tenant, line: LineSettings, retrying = false): Promise<boolean> {
    const { logger, clock } = this.#options;
    const others = this.#othersOf(tenant.id, line.id);
    const changed = (state: LineState): void => {
      this.#options.stateChanged(tenant.id, line, state);
    };
    try {
      const open = await openLine(tenant, line, {
        clock,
        host: (report) => this.#host(tenant, line, others, report),
        stateChanged: changed,
        closed: () => others.close(),
      });
      this.#open.set(key(tenant.id, line.id), open);
      return true;
    } catch (error) {
      others.close();
      logger.error(
        { tenant: tenant.id, line: line.id, error: String(error) },
        'the line could not be opened',
      );
      changed({ state: 'disconnected', reason: 'the line could not be opened', retrying });
      return false;
    }
  }

  #othersOf(tenant: TenantId, line: LineId): OtherConnections & { close(): void } {
    const { shared, logger } = this.#options;
    return shared === undefined ? noOthers : createOtherConnections(shared.signals, logger, tenant, line);
  }

  #host(
    tenant: Tenant,
    line: LineSettings,
    others: OtherConnections,
    report: (state: LineState) => void,
  ): ChannelHost {
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
        if (resolution.outcome === 'unknown') return false;
        const owners = resolution.outcome === 'hit' ? [resolution.tenant] : resolution.tenants;
        return owners.some((id) =>
          isShared(tenant.id)
            ? directory.tenant(id)?.lines.get(line.id)?.isShared === true
            : id === tenant.id,
        );
      },
      isAgent: (address) => {
        const now = directory.tenant(tenant.id);
        return now !== undefined && endpointAt(now, line.id, address) !== undefined;
      },
      media: options.media(tenant.id),
      files: options.files(tenant.id, line.id),
      records: createLineRecords(store, tenant.id, line.id),
      others,
      publicUrl: `${publicUrl}/channels/${line.channel}/${tenant.id}/${line.id}`,
      clock,
      logger: logger.child({ tenant: tenant.id, line: line.id }),
    };
  }
}

/** What its network says against the parameters; undefined where there is nothing to ask. */
export async function problemsOfLine({ connection }: OpenLine): Promise<string[] | undefined> {
  return connection.verify?.().catch((error: unknown) => [String(error)]);
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
