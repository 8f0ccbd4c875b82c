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

/** An agent who talked to the customer longer ago than this is nobody they would ask for. */
const lastAgentDays = 30;
const dayMs = 86_400_000;

/** What a dialog or an application asks for; it goes before what rules say. */
export type Asked = Partial<Pick<EnqueueRequest, 'priority' | 'required' | 'preferred'>>;

/**
 * The open session waits for an agent from now on. The tenant's rules fill in what `asked` leaves open; their queue stands in place of the
 * line's, and of no other.
 */
export function enterQueue(draft: Draft, id: QueueId, asked: Asked = {}): void {
  const routing = routingByRules(draft);
  if (routing !== undefined) draft.changeSession({ routing });
  const { line } = draft.state;
  wait(draft, id === line.queue ? (routing?.queue ?? id) : id, asked);
}

/** Time that the customer has waited already counts. */
function wait(draft: Draft, id: QueueId, asked: Asked = {}, from = draft.session.routing): void {
  const { state, session, conversation } = draft;
  const queue = queueOf(draft, id);
  const since = state.now - (session.waitedMs ?? 0);
  const priority = asked.priority ?? from?.priority ?? queue.priority;
  const { lastAgent } = conversation;
  const knowsThem = lastAgent !== undefined && lastAgent.at > state.now - lastAgentDays * dayMs;
  draft.changeSession({ state: 'waiting', queue: queue.id, waitingSince: state.now });
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
    required: { ...from?.required, ...asked.required },
    preferred: { ...from?.preferred, ...asked.preferred },
    ...ringsAndOverflow(from),
    lastAgents: knowsThem ? [lastAgent.agent] : [],
    declined: [],
    told: session.toldBusy,
  };
  tellOutOfHours(draft, queue);
  promiseAnew(draft, queue);
  draft.routeAnew();
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
  if (draft.queueEntry === undefined) wait(draft, draft.session.queue);
  const { queueEntry } = draft;
  if (queueEntry === undefined) return;
  draft.queueEntry = passedOnBy(queueEntry, agent);
  draft.routeAnew();
}

/** Nobody is asked for a queue that is not declared: the session goes on waiting in the one that took over. */
export function moveFromGoneQueue(draft: Draft): void {
  const { queueEntry, session, state } = draft;
  if (queueEntry?.state !== 'waiting' || state.tenant.queues.has(queueEntry.queue)) return;
  leaveQueue(draft);
  wait(draft, session.queue);
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
  leaveQueue(draft);
  wait(
    draft,
    to.queue,
    { priority, required, preferred },
    routing === undefined ? undefined : { ...routing, overflow: overflow.slice(way + 1) },
  );
  const name = draft.state.tenant.queues.get(to.queue)?.name ?? to.queue;
  draft.toRoom({ kind: 'notice', text: `Goes to the queue ${name}: ${why}.` }, 'never');
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
