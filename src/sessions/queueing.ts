import type { AgentId, QueueId } from '../platform/ids.ts';
import type { Queue } from '../directory/tenant.ts';
import { passedOnBy } from '../queues/queue-entry.ts';
import { rankOf } from '../routing/rank.ts';
import type { EnqueueRequest } from '../services/instruction.ts';
import type { Draft } from './draft.ts';
import { tellOutOfHours } from './out-of-hours.ts';
import { promiseAnew } from './promises/promises.ts';
import { routingByRules } from './route-by-rules.ts';
import type { SessionRouting } from './session-routing.ts';
import { tellUnhandled } from './unhandled.ts';

/** An agent who talked to the customer longer ago than this is nobody they would ask for. */
const lastAgentDays = 30;
const dayMs = 86_400_000;

/**
 * The open session waits for an agent from now on: as it did last unless asked otherwise. The tenant's rules fill in what the request leaves
 * open.
 */
export function enterQueue(draft: Draft, request: EnqueueRequest = lastRequest(draft)): void {
  const routing = routingByRules(draft);
  if (routing !== undefined) draft.changeSession({ routing });
  wait(draft, { ...request, queue: queueWanted(draft, request) });
}

/** The queue of the tenant's rules stands in place of the line's, and of no other. */
export function queueWanted(draft: Draft, { queue }: Pick<EnqueueRequest, 'queue'>): QueueId {
  return queue === draft.state.line.queue ? (routingByRules(draft)?.queue ?? queue) : queue;
}

/** It asks for a queue that there is not: the line's takes over. */
export function namesGoneQueue({ state }: Draft, queue: QueueId): boolean {
  const { queues } = state.tenant;
  return queues.size > 0 && !queues.has(queue);
}

/** Time that the customer has waited already counts. */
function wait(
  draft: Draft,
  request: EnqueueRequest = lastRequest(draft),
  from = draft.session.routing,
): void {
  const { state, session, conversation } = draft;
  const queue = queueOf(draft, request.queue);
  const since = state.now - (session.waitedMs ?? 0);
  const priority = request.priority ?? from?.priority ?? queue.priority;
  const { lastAgent } = conversation;
  const knowsThem = lastAgent !== undefined && lastAgent.at > state.now - lastAgentDays * dayMs;
  const { enqueued: _, ...rest } = session;
  draft.beginSession({
    ...rest,
    state: 'waiting',
    queue: queue.id,
    waitingSince: state.now,
    ...remembered(request),
  });
  draft.queueEntry = {
    conversation: state.id,
    queue: queue.id,
    state: 'waiting',
    rank: rankOf({ since, priority, promisedMs: queue.promisedMs }),
    since,
    enteredAt: state.now,
    priority,
    weight: queue.weight,
    line: state.line.id,
    network: state.line.channel,
    ...(session.media === undefined ? {} : { media: session.media }),
    required: { ...from?.required, ...request.required },
    preferred: { ...from?.preferred, ...request.preferred },
    ...ringsAndOverflow(from),
    lastAgents: firstAsked(request, knowsThem ? lastAgent.agent : undefined),
    declined: [],
    told: session.toldBusy,
    ...(request.timeoutMs === undefined ? {} : { until: state.now + request.timeoutMs }),
  };
  if (request.timeoutMs !== undefined)
    draft.setTimer(
      { name: 'queue-timeout', session: session.id, enteredAt: state.now },
      state.now + request.timeoutMs,
    );
  tellOutOfHours(draft, queue);
  tellUnhandled(draft);
  promiseAnew(draft, queue);
  draft.routeAnew();
  draft.lookAtPlaces();
}

function lastRequest({ session }: Draft): EnqueueRequest {
  return session.enqueued ?? { queue: session.queue };
}

/** What would be lost if only the queue were known. */
function remembered({ queue, priority, required, preferred, agent }: EnqueueRequest): {
  enqueued?: EnqueueRequest;
} {
  const beyond = {
    ...(priority === undefined ? {} : { priority }),
    ...(required === undefined ? {} : { required }),
    ...(preferred === undefined ? {} : { preferred }),
    ...(agent === undefined ? {} : { agent }),
  };
  return Object.keys(beyond).length > 0 ? { enqueued: { queue, ...beyond } } : {};
}

function firstAsked({ agent }: EnqueueRequest, lastAgent: AgentId | undefined): AgentId[] {
  return [...new Set([agent, lastAgent])].filter((id) => id !== undefined);
}

function ringsAndOverflow(
  from: SessionRouting | undefined,
): Pick<NonNullable<Draft['queueEntry']>, 'rings' | 'ringsName' | 'overflow'> {
  if (from === undefined) return {};
  const { rings, overflow, version, rules } = from;
  return {
    ...(rings.length === 0 ? {} : { rings, ringsName: [version, ...rules].join(' ') }),
    ...(overflow.length === 0 ? {} : { overflow }),
  };
}

/** It was offered to an agent, who does not take it: it keeps its place. */
export function backToQueue(draft: Draft, agent: AgentId): void {
  if (draft.queueEntry === undefined) wait(draft);
  const { queueEntry } = draft;
  if (queueEntry === undefined) return;
  draft.queueEntry = passedOnBy(queueEntry, agent);
  draft.routeAnew();
}

/** Nobody is asked for a queue that is not declared: the session goes on waiting in the one that took over. */
export function moveFromGoneQueue(draft: Draft): void {
  if (!isInGoneQueue(draft)) return;
  const { session } = draft;
  const timeLeft = timeLeftOf(draft);
  draft.movedBy = 'queue removed';
  leaveQueue(draft);
  wait(draft, { ...session.enqueued, ...timeLeft, queue: session.queue });
}

export function isInGoneQueue({ queueEntry, state }: Draft): boolean {
  return queueEntry?.state === 'waiting' && !state.tenant.queues.has(queueEntry.queue);
}

/** An agent takes it: what had been said of its wait is compared with what it was. */
export function keepEstimate(draft: Draft): void {
  const { queueEntry, state } = draft;
  if (queueEntry?.looked !== true) return;
  const { estimate, enteredAt } = queueEntry;
  draft.changeSession({
    estimated: {
      ...(estimate === undefined ? {} : { saidMs: estimate.ms }),
      wasMs: state.now - (estimate?.at ?? enteredAt),
    },
  });
}

/** A rule's way into another queue is open. The session keeps what it asks for, and what ways come after this one. */
export function moveToOverflow(
  draft: Draft,
  { from, way, why }: { readonly from: QueueId; readonly way: number; readonly why: string },
): void {
  const { queueEntry, session } = draft;
  const to = queueEntry?.overflow?.[way];
  if (queueEntry?.state !== 'waiting' || queueEntry.queue !== from || to === undefined) return;
  const { routing } = session;
  const { priority, required, preferred, overflow = [] } = queueEntry;
  const timeLeft = timeLeftOf(draft);
  draft.movedBy = 'overflow';
  leaveQueue(draft);
  wait(
    draft,
    {
      queue: to.queue,
      priority,
      required,
      preferred,
      ...timeLeft,
    },
    routing === undefined ? undefined : { ...routing, overflow: overflow.slice(way + 1) },
  );
  const name = draft.state.tenant.queues.get(to.queue)?.name ?? to.queue;
  draft.toRoom({ kind: 'notice', text: `Goes to the queue ${name}: ${why}.` }, 'never');
}

/** In another queue the customer waits no longer in all than in this one. */
function timeLeftOf({ queueEntry, state }: Draft): Pick<EnqueueRequest, 'timeoutMs'> {
  const until = queueEntry?.until;
  return until === undefined ? {} : { timeoutMs: Math.max(0, until - state.now) };
}

/** The session waits no longer: an agent has it, or it is over. */
export function leaveQueue(draft: Draft): void {
  const { waitingSince, ...rest } = draft.session;
  if (waitingSince !== undefined)
    draft.beginSession({ ...rest, waitedMs: (rest.waitedMs ?? 0) + draft.state.now - waitingSince });
  draft.queueEntry = undefined;
}

/** A session outlives a change of the configuration: where its queue is gone, its line's queue takes over. */
export function queueOf(draft: Draft, id: QueueId = draft.session.queue): Queue {
  const { tenant, line } = draft.state;
  const queue = tenant.queues.get(id) ?? tenant.queues.get(line.queue);
  if (queue === undefined)
    throw new Error(`tenant ${tenant.id}: line ${line.id} names no queue of the tenant`);
  return queue;
}
