import type { QueueId } from '../../platform/ids.ts';
import { usualMaxSize } from '../../directory/tenant.ts';
import { overflowNow } from '../../routing/rules/overflow.ts';
import { closedUntil } from '../../routing/hours/tenant-hours.ts';
import type { EnqueueRequest } from '../../services/instruction.ts';
import { closedName, type Programme, type TurnedAway } from '../../services/programme/programme.ts';
import type { Draft } from '../draft.ts';
import { namesGoneQueue, queueOf, queueWanted } from '../queueing.ts';
import { routingByRules } from '../route-by-rules.ts';

/**
 * Why an application that has an `action` has the session instead of the queue that it asks for. Undefined: it enters. Nobody is turned away
 * without an `action`.
 */
export function whyNotInto(
  draft: Draft,
  request: EnqueueRequest,
  { said }: Pick<Programme, 'said'>,
): TurnedAway | undefined {
  if (request.action === undefined) return undefined;
  if (namesGoneQueue(draft, request.queue)) return { result: 'error', queue: request.queue };
  const queue = queueOf(draft, queueWanted(draft, request));
  if (draft.queueEntry?.queue === queue.id) return undefined;
  const opensAt =
    queue.calendar === undefined
      ? undefined
      : closedUntil(queue, draft.routingFacts().hours, draft.state.now);
  if (opensAt !== undefined) {
    // Who was told and asks for it all the same waits for the opening.
    if (said.includes(closedName(queue.id))) return undefined;
    return { result: 'closed', queue: queue.id, ...(opensAt === Infinity ? {} : { opensAt }) };
  }
  if (!isFull(draft, queue.id, request.maxSize) || hasWayOut(draft, queue.id)) return undefined;
  return { result: 'queue-full', queue: queue.id };
}

function isFull(draft: Draft, queue: QueueId, maxSize = Infinity): boolean {
  const most = draft.state.tenant.queues.get(queue)?.maxSize ?? usualMaxSize;
  return draft.queueSize(queue) >= Math.min(most, maxSize);
}

/** A rule's way into a queue that has room is open already: the session would go there as soon as it waits. */
function hasWayOut(draft: Draft, queue: QueueId): boolean {
  const routing = routingByRules(draft);
  if (routing === undefined || routing.overflow.length === 0) return false;
  const { now } = draft.state;
  const { load } = draft.routingFacts();
  const here = load[queue];
  const withIt = here === undefined ? undefined : { ...here, waiting: here.waiting + 1 };
  const { taken } = overflowNow({ waitedMs: 0, overflow: routing.overflow }, withIt, now);
  const to = taken === undefined ? undefined : routing.overflow[taken.at]?.queue;
  return to !== undefined && draft.state.tenant.queues.has(to) && !isFull(draft, to);
}
