import type { ConversationId, QueueId, SessionId } from '../platform/ids.ts';
import type { Tenant } from '../directory/tenant.ts';
import type { QueueEntry } from '../queues/queue-entry.ts';
import { readMembers } from '../queues/queue-members.ts';
import type { Store, Stored } from '../store/store.ts';
import { countAgents } from './agents-of-queue.ts';
import type { RoutedAgent } from './eligibility.ts';
import type { OpenTimes } from './hours/open-time.ts';
import { overflowNow } from './rules/overflow.ts';
import type { QueueLoad } from './rules/rule-facts.ts';

/** A waiting session that goes to another queue now. */
export interface Overflowing {
  readonly session: SessionId;
  readonly conversation: ConversationId;
  /** It was in this queue, since then. */
  readonly from: QueueId;
  readonly enteredAt: number;
  /** Which of the ways that it has. */
  readonly way: number;
  readonly to: QueueId;
  readonly why: string;
}

/** Looks at the sessions that have ways into other queues. Out of the queue's hours they stay: nobody is late. */
export async function findOverflowing(
  store: Store,
  tenant: Tenant,
  {
    entries,
    agents,
    closed,
    openTimes,
  }: {
    readonly entries: readonly Stored<QueueEntry>[];
    readonly agents: readonly RoutedAgent[];
    readonly closed: ReadonlyMap<QueueId, number>;
    readonly openTimes: OpenTimes;
  },
  now: number,
): Promise<{ readonly overflowing: readonly Overflowing[]; readonly nextAt?: number }> {
  const candidates = entries.filter(
    ({ value }) => (value.overflow?.length ?? 0) > 0 && !closed.has(value.queue),
  );
  if (candidates.length === 0) return { overflowing: [] };
  const loads = new Map<QueueId, QueueLoad>();
  for (const id of new Set(candidates.map(({ value }) => value.queue))) {
    const queue = tenant.queues.get(id);
    if (queue === undefined) continue;
    const isCounted = candidates.some(
      ({ value }) => value.queue === id && value.overflow?.some(({ moreThan }) => moreThan !== undefined),
    );
    const members = isCounted ? await readMembers(store, tenant.id, id) : [];
    const { available, free } = countAgents(queue, agents);
    loads.set(id, { waiting: members.length, longestWait: 0, available, free });
  }
  let nextAt = Infinity;
  const overflowing = candidates.flatMap(({ id, value }): Overflowing[] => {
    const { conversation, queue: from, enteredAt, overflow = [] } = value;
    const waitedMs = openTimes.get(from)?.(enteredAt) ?? now - enteredAt;
    const found = overflowNow({ waitedMs, overflow }, loads.get(from), now);
    nextAt = Math.min(nextAt, found.nextAt ?? Infinity);
    const way = found.taken === undefined ? undefined : overflow[found.taken.at];
    if (found.taken === undefined || way === undefined || !tenant.queues.has(way.queue)) return [];
    const { at, why } = found.taken;
    return [{ session: id as SessionId, conversation, from, enteredAt, way: at, to: way.queue, why }];
  });
  return { overflowing, ...(nextAt === Infinity ? {} : { nextAt }) };
}
