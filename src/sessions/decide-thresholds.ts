import { derivedId } from '../platform/derived-id.ts';
import type { InboxEntryId, QueueId } from '../platform/ids.ts';
import type { NewEntry, TimerChange } from '../delivery/delivery.ts';
import type { Queue } from '../directory/tenant.ts';
import { readMembers } from '../queues/queue-members.ts';
import {
  crossingsOf,
  thresholdRecords,
  thresholdsId,
  type Crossing,
  type Over,
  type QueueLevel,
} from '../queues/queue-thresholds.ts';
import { put } from '../store/store.ts';
import { routingKey, type ConversationEvent } from './conversation-event.ts';
import { nothing, type RoutingContext, type RoutingDecision } from './routing-context.ts';
import { eventsKey, type Happening } from './events/happening.ts';

/** However many come and go: to look means to read all who wait. */
const atMostEveryMs = 1000;

/**
 * Tells integrators of queues that cross their thresholds, in the commit that remembers it: once on the way up, once on the way down. Whoever
 * changes a queue asks for this look in the commit of the change. Comes again by itself when the wait of who waits longest will be too long.
 */
export async function lookAtThresholds(context: RoutingContext, isDue: boolean): Promise<RoutingDecision> {
  const { store, tenant, now, recorded } = context;
  const watched = [...tenant.queues.values()].filter(({ thresholds }) => thresholds !== undefined);
  if (!recorded || watched.length === 0) return nothing;
  const read = await store.get(tenant.id, thresholdRecords, thresholdsId);
  const lookedAt = read?.value.lookedAt ?? -Infinity;
  if (!isDue && lookedAt <= now && now - lookedAt < atMostEveryMs)
    return { ...nothing, timers: [timer('thresholds', lookedAt + atMostEveryMs)] };
  const over: Partial<Record<QueueId, Over>> = {};
  const happenings: Happening[] = [];
  let nextAt = Infinity;
  for (const queue of watched) {
    const level = await levelOf(context, queue);
    const judged = crossingsOf(queue.thresholds ?? {}, read?.value.over[queue.id] ?? {}, level, now);
    if (Object.keys(judged.over).length > 0) over[queue.id] = judged.over;
    happenings.push(...judged.crossings.map((crossing) => happeningOf(context, queue, level, crossing)));
    nextAt = Math.min(nextAt, tooLongAt(queue, judged.over, level, now));
  }
  return {
    ...nothing,
    writes: [put(thresholdRecords, thresholdsId, { lookedAt: now, over }, read?.version ?? 'absent')],
    timers: nextAt === Infinity ? [] : [timer('thresholds wait', nextAt)],
    entries: toEvents(context, happenings),
  };
}

async function levelOf({ store, tenant, now }: RoutingContext, { id }: Queue): Promise<QueueLevel> {
  const waits = (await readMembers(store, tenant.id, id)).map(({ since }) => now - since);
  return {
    size: waits.length,
    longestWaitMs: waits.reduce((longest, wait) => Math.max(longest, wait), 0),
  };
}

/** When the longest wait reaches its threshold, if nobody is faster. */
function tooLongAt({ thresholds }: Queue, over: Over, level: QueueLevel, now: number): number {
  const threshold = thresholds?.longestWaitMs;
  if (threshold === undefined || over.longestWait !== undefined || level.size === 0) return Infinity;
  return now + threshold.at - level.longestWaitMs;
}

function timer(name: string, dueAt: number): TimerChange<ConversationEvent> {
  return { set: name, key: routingKey, dueAt, event: { type: 'thresholds', due: true } };
}

function happeningOf(
  { tenant, entry, now: at }: RoutingContext,
  { id: queue }: Queue,
  { size: currentSize, longestWaitMs }: QueueLevel,
  { measure, crossed, threshold }: Crossing,
): Happening {
  const value = crossed === 'up' ? threshold.at : threshold.backAt;
  return {
    id: derivedId('threshold', tenant.id, queue, measure, entry),
    type: 'queue.threshold',
    at,
    data: {
      queue,
      measure,
      crossed,
      ...(measure === 'size' ? { threshold: value } : { thresholdMs: value }),
      currentSize,
      longestWaitMs,
    },
  };
}

function toEvents(
  { tenant, entry }: RoutingContext,
  happenings: readonly Happening[],
): NewEntry<ConversationEvent>[] {
  if (happenings.length === 0) return [];
  const id = derivedId<InboxEntryId>('happenings', tenant.id, entry);
  return [{ id, key: eventsKey, event: { type: 'happened', happenings } }];
}
