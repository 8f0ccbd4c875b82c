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
}

/** How often to see whether what is ours still is (nobody is asked for that), and how often to ask for what is not. */
const watchMs = 500;
const askMs = 3000;

export function createHeldLines(options: {
  readonly clock: Clock;
  readonly logger: Logger;
  /** @throws {StoreUnavailable} */
  readonly hold: (tenant: TenantId, line: LineId) => Promise<LineHold | undefined>;
  readonly open: (tenant: TenantId, line: LineId) => Promise<void>;
  readonly close: (tenant: TenantId, line: LineId) => Promise<void>;
}): HeldLines {
  const { clock, logger } = options;
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
    await hold.giveBack();
  };

  const lookAt = async (one: Candidate, ask: boolean): Promise<void> => {
    const { tenant, line } = one;
    try {
      if (one.hold?.isHeld() === false) await leave(one);
      if (one.hold !== undefined || !ask || stopped) return;
      one.hold = await options.hold(tenant, line);
      if (one.hold !== undefined) await options.open(tenant, line);
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
    const one = known ?? { tenant, line, hold: undefined };
    if (known === undefined) candidates.push(one);
    if (one.hold?.isHeld() !== true) return lookAt(one, true);
    await options.close(tenant, line);
    await options.open(tenant, line);
  };

  return {
    add: (tenant, line) => {
      candidates.push({ tenant, line, hold: undefined });
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
