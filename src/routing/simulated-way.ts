import type { QueueId } from '../platform/ids.ts';
import type { Overflow } from '../directory/routing-rules.ts';
import { overflowNow } from './rules/overflow.ts';
import type { QueueLoad } from './rules/rule-facts.ts';

/** A session that might come goes from one queue to another. */
export interface SimulatedMove {
  readonly from: QueueId;
  readonly to: QueueId;
  readonly why: string;
}

/**
 * The ways out of its queue that a session takes now by its rules, one after the other, as those who wait take them. Pure. `waitedMs`: in its
 * first queue, in that one's open time.
 */
export function simulatedWay(
  session: { readonly queue: QueueId; readonly overflow: readonly Overflow[]; readonly waitedMs: number },
  tenant: {
    readonly load: Readonly<Record<string, QueueLoad>>;
    readonly hasQueue: (queue: QueueId) => boolean;
    /** Nobody is late there: who waits for the opening stays. */
    readonly isClosed: (queue: QueueId) => boolean;
  },
  now: number,
): SimulatedMove[] {
  const moves: SimulatedMove[] = [];
  let { queue: from, overflow, waitedMs } = session;
  while (!tenant.isClosed(from)) {
    const load = tenant.load[from];
    const withIt = load === undefined ? undefined : { ...load, waiting: load.waiting + 1 };
    const { taken } = overflowNow({ waitedMs, overflow }, withIt, now);
    const to = taken === undefined ? undefined : overflow[taken.at]?.queue;
    if (taken === undefined || to === undefined || !tenant.hasQueue(to)) break;
    moves.push({ from, to, why: taken.why });
    overflow = overflow.slice(taken.at + 1);
    from = to;
    waitedMs = 0;
  }
  return moves;
}
