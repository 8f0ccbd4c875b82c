import type { ChannelHost, Connection, LineState } from '../channels/channel.ts';
import { findChannelModule } from '../channels/registry.ts';
import type { LineSettings, Tenant } from '../directory/tenant.ts';
import type { Clock } from '../platform/clock.ts';
import type { TenantId } from '../platform/ids.ts';
import { watchBusy } from './busy-connection.ts';

/** A line with its connection, until it is closed. */
export interface OpenLine {
  readonly tenant: TenantId;
  readonly line: LineSettings;
  readonly connection: Connection;
  readonly state: LineState;
  readonly maxBodyBytes: number;
  /** Never throws. */
  close(): Promise<void>;
  /** Another has its place: says nothing more of its state, and closes when what is under way has its answer, or after a while. */
  retire(): Promise<void>;
}

export interface OpenLineParts {
  readonly clock: Clock;
  readonly host: (report: (state: LineState) => void) => ChannelHost;
  readonly stateChanged: (state: LineState) => void;
  /** What goes with the connection. */
  readonly closed: () => void;
}

const defaultMaxBodyBytes = 4 * 1024 * 1024;
/** Longer than a network takes to answer; what has none by then is settled like any other answer that was lost. */
const retireWithinMs = 20_000;

/** @throws what the module throws */
export async function openLine(tenant: Tenant, line: LineSettings, parts: OpenLineParts): Promise<OpenLine> {
  const module = findChannelModule(line.channel);
  if (module === undefined) throw new Error(`line ${line.id}: no network is called ${line.channel}`);
  let state: LineState = { state: 'connecting' };
  let isReplaced = false;
  const report = (next: LineState): void => {
    state = next;
    if (!isReplaced) parts.stateChanged(next);
  };
  const { id, channel, parameters, displayName, previous } = line;
  const described = { tenant: tenant.id, id, channel, parameters, displayName };
  const opened = await module.open(
    previous === undefined ? described : { ...described, previous },
    parts.host(report),
  );
  const busy = watchBusy(opened);
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    closing ??= opened.close().catch(() => undefined);
    await closing;
    parts.closed();
  };
  return {
    tenant: tenant.id,
    line,
    connection: busy.connection,
    get state() {
      return state;
    },
    maxBodyBytes: module.maxBodyBytes ?? defaultMaxBodyBytes,
    close,
    async retire() {
      isReplaced = true;
      await new Promise<void>((resolve) => {
        const cancel = parts.clock.after(retireWithinMs, resolve);
        void busy.idle().then(() => {
          cancel();
          resolve();
        });
      });
      await close();
    },
  };
}
