import type { Sequence } from '../delivery/sequence.ts';
import type { Clock } from '../platform/clock.ts';
import type { LineId, TenantId } from '../platform/ids.ts';
import type { Logger } from '../platform/log.ts';
import type { Signals } from '../store/signals.ts';
import type { Store } from '../store/store.ts';
import { createLeases, type Leases } from './leases.ts';
import { createMembership, defaultTimes } from './membership.ts';
import { createSharedClock } from './shared-clock.ts';
import { createSharedSequence, type NumberBlock } from './shared-sequence.ts';

/** What makes this process one of several on a store. */
export interface Replication {
  readonly leases: Leases;
  readonly sequence: Sequence;
  readonly signals: Signals;
  /** For all that replicas must see alike: when a timer is due, how old something is. */
  readonly clock: Clock;
  /** The right to have a line's connection open, if it is free. @throws {StoreUnavailable} */
  readonly holdLine: (
    tenant: TenantId,
    line: LineId,
  ) => Promise<{ isHeld(): boolean; giveBack(): Promise<void> } | undefined>;
  /** Whether the others know that this one is at work; nothing is worked on otherwise. */
  isInTouch(): boolean;
  /** @throws {StoreUnavailable} */
  start(): Promise<void>;
  /** `leave`: nothing is under way any more, so that others may take over at once. */
  stop(leave: boolean): Promise<void>;
}

export function createReplication(options: {
  readonly store: Store & {
    readonly apart: Store | undefined;
    takeNumbers(): Promise<NumberBlock>;
    time(): Promise<number>;
  };
  readonly signals: Signals;
  readonly clock: Clock;
  readonly logger: Logger;
}): Replication {
  const { store, signals, clock, logger } = options;
  // Commits that queue for seconds would otherwise cost all replicas what they have, at once, under the greatest load.
  const membership = createMembership({
    store: store.apart ?? store,
    clock,
    logger,
    times: defaultTimes,
  });
  const sharedClock = createSharedClock({ clock, logger, askTime: async () => store.time() });
  const sequence = createSharedSequence(async () => store.takeNumbers());
  const leases = createLeases({ store, clock, logger, membership, sequence, signals });
  return {
    leases,
    sequence,
    signals,
    clock: sharedClock,
    async holdLine(tenant, line) {
      const claim = await leases.holdLine(tenant, line);
      if (claim === undefined) return undefined;
      return { isHeld: () => claim.isHeld(), giveBack: async () => leases.giveBack(claim) };
    },
    isInTouch: () => membership.current() !== undefined,
    async start() {
      await sharedClock.start();
      await membership.start();
    },
    async stop(leave) {
      sharedClock.stop();
      await membership.stop(leave);
      await signals.close();
    },
  };
}
