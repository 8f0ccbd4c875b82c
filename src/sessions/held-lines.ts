import type { Clock } from '../platform/clock.ts';
import type { LineId, TenantId } from '../platform/ids.ts';
import type { Logger } from '../platform/log.ts';

/** The right to have a line's connection open. */
export interface LineHold {
  isHeld(): boolean;
  giveBack(): Promise<void>;
}

/**
 * Lines whose connection one replica at a time has: opens those that it gets hold of, closes one at once that it has lost, and asks again
 * for the others, every few seconds and when a replica is gone.
 */
export interface HeldLines {
  add(tenant: TenantId, line: LineId): void;
  /** The line has other parameters: opens it anew if it is ours, and asks for it if it is not. Adds it where it is new. */
  renew(tenant: TenantId, line: LineId): Promise<void>;
  /** The line is no more: closes it and gives it back. */
  remove(tenant: TenantId, line: LineId): Promise<void>;
  /** Asks for all that are not ours, now. */
  look(): Promise<void>;
  /** Closes all and gives them back. */
  close(): Promise<void>;
}

interface Candidate {
  readonly tenant: TenantId;
  readonly line: LineId;
  hold: LineHold | undefined;
  /** The right of other tenants to send by it, which comes and goes with the connection. */
  readonly forOthers: Map<TenantId, LineHold>;
}

/** How often to see whether what is ours still is (nobody is asked for that), and how often to ask for what is not. */
const watchMs = 500;
const askMs = 3000;

export function createHeldLines(options: {
  readonly clock: Clock;
  readonly logger: Logger;
  /** @throws {StoreUnavailable} */
  readonly hold: (tenant: TenantId, line: LineId) => Promise<LineHold | undefined>;
  /** Tenants whose conversations leave by the line's connection, beside the one that owns it. Default: none. */
  readonly sharedBy?: (tenant: TenantId, line: LineId) => readonly TenantId[];
  /** May reject: then the line is given back, and asked for again. */
  readonly open: (tenant: TenantId, line: LineId) => Promise<void>;
  readonly close: (tenant: TenantId, line: LineId) => Promise<void>;
}): HeldLines {
  const { clock, logger, sharedBy = () => [] } = options;
  const candidates: Candidate[] = [];
  let cancel = (): void => undefined;
  let under: Promise<void> | undefined;
  let askAt = -Infinity;
  let stopped = false;

  const leave = async (one: Candidate): Promise<void> => {
    const { hold, tenant, line } = one;
    if (hold === undefined) return;
    one.hold = undefined;
    await options.close(tenant, line);
    for (const [other, right] of one.forOthers) await giveBackFor(one, other, right);
    await hold.giveBack();
  };

  const giveBackFor = async (one: Candidate, other: TenantId, right: LineHold): Promise<void> => {
    one.forOthers.delete(other);
    await right.giveBack();
  };

  /** Whoever begins or stops to share the line is seen at the next look. */
  const lookAtOthers = async (one: Candidate, ask: boolean): Promise<void> => {
    const wanted = sharedBy(one.tenant, one.line);
    for (const [other, right] of one.forOthers)
      if (!right.isHeld() || !wanted.includes(other)) await giveBackFor(one, other, right);
    if (!ask) return;
    for (const other of wanted) {
      const right = one.forOthers.has(other) ? undefined : await options.hold(other, one.line);
      if (right !== undefined) one.forOthers.set(other, right);
    }
  };

  /** Held and not open, it would be nobody's for good. */
  const open = async (one: Candidate): Promise<void> => {
    const { tenant, line } = one;
    try {
      await options.open(tenant, line);
    } catch (error) {
      logger.warn({ tenant, line, reason: String(error) }, 'a line could not be opened; trying again');
      await leave(one);
    }
  };

  const lookAt = async (one: Candidate, ask: boolean): Promise<void> => {
    const { tenant, line } = one;
    try {
      if (one.hold?.isHeld() === false) await leave(one);
      if (one.hold === undefined && ask && !stopped) {
        one.hold = await options.hold(tenant, line);
        if (one.hold !== undefined) await open(one);
      }
      if (one.hold !== undefined) await lookAtOthers(one, ask && !stopped);
    } catch (error) {
      logger.warn({ tenant, line, reason: String(error) }, 'a line could not be asked for; trying again');
    }
  };

  const lookAtAll = async (): Promise<void> => {
    cancel();
    const ask = clock.monotonic() >= askAt;
    if (ask) askAt = clock.monotonic() + askMs;
    await Promise.all(candidates.map(async (one) => lookAt(one, ask)));
    under = undefined;
    goOn();
  };

  const goOn = (): void => {
    if (!stopped && candidates.length > 0) cancel = clock.after(watchMs, () => void next());
  };

  const next = async (): Promise<void> => {
    under ??= lookAtAll();
    return under;
  };

  /** While nobody looks, and nobody looks while it works. */
  const alone = async (work: () => Promise<void>): Promise<void> => {
    while (under !== undefined) await under;
    if (stopped) return;
    cancel();
    under = work().finally(() => {
      under = undefined;
      goOn();
    });
    await under;
  };

  const renew = async (tenant: TenantId, line: LineId): Promise<void> => {
    const known = candidates.find((one) => one.tenant === tenant && one.line === line);
    const one = known ?? candidateOf(tenant, line);
    if (known === undefined) candidates.push(one);
    if (one.hold?.isHeld() !== true) return lookAt(one, true);
    await options.close(tenant, line);
    await open(one);
  };

  return {
    add: (tenant, line) => {
      candidates.push(candidateOf(tenant, line));
    },
    renew: async (tenant, line) => alone(async () => renew(tenant, line)),
    remove: async (tenant, line) =>
      alone(async () => {
        const at = candidates.findIndex((one) => one.tenant === tenant && one.line === line);
        await Promise.all(candidates.splice(at, at === -1 ? 0 : 1).map(leave));
      }),
    async look() {
      await under;
      askAt = -Infinity;
      await next();
    },
    async close() {
      stopped = true;
      cancel();
      await under;
      await Promise.all(candidates.map(leave));
    },
  };
}

function candidateOf(tenant: TenantId, line: LineId): Candidate {
  return { tenant, line, hold: undefined, forOthers: new Map() };
}
