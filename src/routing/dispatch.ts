import type { AgentId, ConversationId, QueueId, SessionId } from '../platform/ids.ts';
import { derivedId } from '../platform/derived-id.ts';
import { agentWork, freshWork, readWork, withSession, type AgentWork } from '../directory/agent-work.ts';
import type { Tenant } from '../directory/tenant.ts';
import {
  leftOutOfHours,
  leftUnanswered,
  offeredTo,
  queueEntries,
  type QueueEntry,
} from '../queues/queue-entry.ts';
import { put, type Store, type Stored, type Write } from '../store/store.ts';
import { obstacle, type RoutedAgent } from './eligibility.ts';
import { openTimesOf } from './hours/open-time.ts';
import { closedQueues, readHoursOfQueues } from './hours/tenant-hours.ts';
import { needNow } from './need-now.ts';
import { findOverflowing, type Overflowing } from './overflowing.ts';
import { readFirstWaiting, readWaiting, readWaitingIn, whole, type Waiting } from './read-waiting.ts';
import { route, type RoutingDecision, type WaitingSession } from './route.ts';
import { routedAgent } from './routed-agent.ts';

/** An offer that is to be made, its agent's capacity already taken. */
export interface DispatchedOffer {
  readonly session: SessionId;
  readonly conversation: ConversationId;
  readonly agent: AgentId;
  readonly why: string;
}

export interface Stray {
  readonly session: SessionId;
  readonly conversation: ConversationId;
  readonly queue: QueueId;
  readonly enteredAt: number;
}

/** A session for which an application is to choose an agent. */
export interface DispatchedChoice {
  readonly session: SessionId;
  readonly conversation: ConversationId;
  readonly call: string;
  readonly entry: QueueEntry;
  /** Who could take it, best first by the queue's own order. */
  readonly agents: readonly RoutedAgent[];
}

export interface Dispatch {
  readonly writes: readonly Write[];
  readonly offers: readonly DispatchedOffer[];
  /** Sessions whose customers are to be told, once, that nobody is free. */
  readonly unanswered: readonly { readonly session: SessionId; readonly conversation: ConversationId }[];
  /** Sessions that wait in a queue which is no longer declared. */
  readonly stray: readonly Stray[];
  /** Sessions that go to another queue. */
  readonly overflowing: readonly Overflowing[];
  readonly choices: readonly DispatchedChoice[];
  /** Sessions whose customers are to be told, once, that nobody works now. */
  readonly outOfHours: readonly { readonly session: SessionId; readonly conversation: ConversationId }[];
  /** Of an agent who wanted the next one, and gets none: how many wait, and what keeps them from the first. */
  readonly passedOver?: { readonly waiting: number; readonly obstacle: string };
  /** When to look again, though nothing happens; absent where nothing waits. */
  readonly lookAt?: number;
}

/** A commit stays small, and what others wrote meanwhile costs little. */
const offersAtOnce = 50;
/** No eligible agent stays idle longer than this, whatever was overlooked. */
const sweepMs = 5000;
/** While all who wait wait for an opening, nobody is idle. */
const closedSweepMs = 600_000;
/** So soon it goes on with those who were not looked at yet. */
const goOnMs = 200;

/** An answer that is late by less than this is waited for beyond the time that the application has. */
const choiceGraceMs = 1000;
/** Whom an application may choose from, of those who could. */
const mostToChooseFrom = 100;

/**
 * Reads what waits and who is there, and decides who is offered what. Writes carry the versions that were read. `cause` names what brought
 * it about, so that questions to applications have names.
 */
export async function dispatch(store: Store, tenant: Tenant, now: number, cause: string): Promise<Dispatch> {
  // Mostly nobody waits: then nobody needs to know what the agents have in hand.
  if ((await readFirstWaiting(store, tenant.id, 1)).length === 0) return none;
  const work = await readWork(store, tenant.id, tenant.agents.keys());
  const fresh = freshWork(tenant.availability);
  const agents = [...tenant.agents.values()].map((agent) =>
    routedAgent(agent, work.get(agent.id)?.value ?? fresh),
  );
  const looked = await readWaiting(store, tenant.id, agents.some(isFree));
  const { entries } = looked;
  // A session whose line is not declared cannot be offered: its conversation would refuse the news, and the agent's place be lost.
  const served = entries.filter(({ value }) => value.line === undefined || tenant.lines.has(value.line));
  const stray = served.flatMap(({ id, value: { conversation, queue, enteredAt } }) =>
    tenant.queues.has(queue) ? [] : [{ session: id as SessionId, conversation, queue, enteredAt }],
  );
  const hours = await readHoursOfQueues(store, tenant);
  const closed = closedQueues(tenant, hours, now);
  const openTimes = openTimesOf(tenant, hours, now);
  const { overflowing, nextAt: overflowAt } = await findOverflowing(
    store,
    tenant,
    { entries: served, agents, closed, openTimes },
    now,
  );
  const goes = new Set<string>(overflowing.map(({ session }) => session));
  const decision = route({
    now,
    agents,
    policies: new Map([...tenant.queues].map(([id, { policy }]) => [id, policy])),
    waiting: served.filter(({ id }) => !goes.has(id)).map(waitingSession),
    closed,
    openTimes,
    limit: offersAtOnce,
  });
  const nextAt = Math.min(decision.nextAt ?? Infinity, overflowAt ?? Infinity);
  const dispatched = toDispatch(
    { ...decision, ...(nextAt === Infinity ? {} : { nextAt }) },
    { tenant, ...looked, work, fresh, agents, closed, now, cause },
  );
  return { ...dispatched, stray, overflowing };
}

const none: Dispatch = {
  writes: [],
  offers: [],
  unanswered: [],
  stray: [],
  overflowing: [],
  choices: [],
  outOfHours: [],
};

/**
 * What an agent takes by themselves: the first session of these queues that they can take, whatever they declined before and whether or
 * not the queue asks anybody.
 */
export async function dispatchPull(
  store: Store,
  tenant: Tenant,
  pull: { readonly agent: AgentId; readonly queues: readonly QueueId[] },
  now: number,
): Promise<Dispatch> {
  const agent = tenant.agents.get(pull.agent);
  if (agent === undefined) return none;
  const fresh = freshWork(tenant.availability);
  const work = await readWork(store, tenant.id, [agent.id]);
  const puller: RoutedAgent = {
    ...routedAgent(agent, work.get(agent.id)?.value ?? fresh),
    availability: 'available',
  };
  const policies = pull.queues.flatMap((id) => {
    const queue = tenant.queues.get(id);
    if (queue === undefined) return [];
    const { chooser: _, ...policy } = queue.policy;
    return [[id, { ...policy, members: [agent.id], rings: [], manual: false, lastAgentMs: 0 }] as const];
  });
  const entries = (await readWaitingIn(store, tenant.id, pull.queues)).filter(
    ({ value }) => value.line === undefined || tenant.lines.has(value.line),
  );
  const hours = await readHoursOfQueues(store, tenant);
  const waiting = entries.map((entry) => {
    const { choice: _, ...session } = waitingSession(entry);
    return { ...session, declined: [] };
  });
  const openTimes = openTimesOf(tenant, hours, now);
  const pulling = { now, agents: [puller], policies: new Map(policies), waiting, openTimes, limit: 1 };
  const decision = route(pulling);
  const [first] = waiting;
  const policy = first && pulling.policies.get(first.queue);
  if (decision.assignments.length === 0 && first !== undefined && policy !== undefined) {
    const found = obstacle(puller, needNow(first, policy, openTimes, now));
    return found === undefined ? none : { ...none, passedOver: { waiting: waiting.length, obstacle: found } };
  }
  const pulled = decision.assignments.map((assignment) => ({
    ...assignment,
    why: `pulled by ${agent.name}`,
  }));
  const { writes, offers } = toDispatch(
    { ...decision, assignments: pulled, unanswered: [] },
    { tenant, ...whole(entries), work, fresh, agents: [puller], closed: new Map(), now, cause: '' },
  );
  return { ...none, writes, offers };
}

export function waitingSession({ id, value }: Stored<QueueEntry>): WaitingSession {
  return { ...value, session: id as SessionId };
}

function isFree(agent: RoutedAgent): boolean {
  return agent.availability === 'available' && agent.load < agent.capacity;
}

function toDispatch(
  decision: RoutingDecision,
  read: Waiting & {
    readonly tenant: Tenant;
    readonly work: ReadonlyMap<AgentId, Stored<AgentWork> | undefined>;
    readonly fresh: AgentWork;
    readonly agents: readonly RoutedAgent[];
    readonly closed: ReadonlyMap<QueueId, number>;
    readonly now: number;
    readonly cause: string;
  },
): Dispatch {
  const { now } = read;
  const entries = new Map(read.entries.map((entry) => [entry.id, entry]));
  const changed = new Map<AgentId, AgentWork>();
  const writes: Write[] = [];
  const offers = decision.assignments.flatMap(({ session, agent, why }): DispatchedOffer[] => {
    const entry = entries.get(session);
    if (entry === undefined) return [];
    const work = changed.get(agent) ?? read.work.get(agent)?.value ?? read.fresh;
    changed.set(agent, withSession(work, session, entry.value.weight, now));
    const forMs = read.tenant.queues.get(entry.value.queue)?.offerMs ?? 0;
    writes.push(put(queueEntries, session, offeredTo(entry.value, { agent, forMs, now }), entry.version));
    return [{ session, agent, why, conversation: entry.value.conversation }];
  });
  const unanswered = decision.unanswered.flatMap(({ session, askAgainAt }) => {
    const entry = entries.get(session);
    if (entry === undefined) return [];
    const value = leftUnanswered(entry.value, askAgainAt);
    if (value === entry.value) return [];
    writes.push(put(queueEntries, session, value, entry.version));
    return entry.value.told ? [] : [{ session, conversation: entry.value.conversation }];
  });
  const routed = new Map(read.agents.map((agent) => [agent.id, agent]));
  const choices = decision.choices.flatMap(({ session, agents }): DispatchedChoice[] => {
    const entry = entries.get(session);
    const chooser =
      entry === undefined ? undefined : read.tenant.queues.get(entry.value.queue)?.policy.chooser;
    if (entry === undefined || chooser === undefined) return [];
    const call = derivedId('choice', read.tenant.id, session, read.cause);
    const until = now + 2 * chooser.timeoutMs + choiceGraceMs;
    writes.push(put(queueEntries, session, { ...entry.value, choice: { call, until } }, entry.version));
    const among = agents.slice(0, mostToChooseFrom).flatMap((id) => routed.get(id) ?? []);
    const { conversation } = entry.value;
    return [{ session, conversation, call, entry: entry.value, agents: among }];
  });
  const outOfHours = read.entries.flatMap(({ id, value, version }) => {
    if (value.toldClosed === true || value.state !== 'waiting' || !read.closed.has(value.queue)) return [];
    if (value.line !== undefined && !read.tenant.lines.has(value.line)) return [];
    writes.push(put(queueEntries, id, leftOutOfHours(value), version));
    return [{ session: id as SessionId, conversation: value.conversation }];
  });
  for (const [agent, work] of changed)
    writes.push(put(agentWork, agent, work, read.work.get(agent)?.version ?? 'absent'));
  const isClosed = read.isAll && read.entries.every(({ value }) => read.closed.has(value.queue));
  const latest = now + (read.goesOn ? goOnMs : isClosed ? closedSweepMs : sweepMs);
  const lookAt = decision.more ? now : Math.min(decision.nextAt ?? Infinity, latest);
  // Where not all of these were decided about, they are looked at once more.
  if (!decision.more && read.mark !== undefined) writes.push(read.mark);
  const left = read.entries.length - offers.length;
  return { ...none, writes, offers, unanswered, choices, outOfHours, ...(left > 0 ? { lookAt } : {}) };
}
