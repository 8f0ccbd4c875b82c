import type { AgentId, QueueId, SessionId } from '../platform/ids.ts';
import { averageLevel, compareAgents, orderWords } from './agent-order.ts';
import { askedOf, type Asked, type Asking } from './asked.ts';
import { obstacle, type Need, type RoutedAgent } from './eligibility.ts';
import { notHandled } from './handles.ts';
import type { RoutingPolicy, SkillLevels } from '../directory/routing-policy.ts';
import { isAwaited, type Choice } from './choice.ts';
import type { OpenTimes } from './hours/open-time.ts';
import { reaching, ringAfter, ringsOf, type Reach } from './rings.ts';

/** A session that waits in a queue, as routing sees it. */
export interface WaitingSession extends Asking {
  readonly session: SessionId;
  readonly queue: QueueId;
  /** Since when the customer waits. A transfer keeps it. */
  readonly since: number;
  /** Asked first, for the queue's `lastAgentMs`; they need not be members. */
  readonly lastAgents: readonly AgentId[];
  readonly declined: readonly AgentId[];
  /** When who declined may be asked again, where all did. */
  readonly askAgainAt?: number;
  /** Of the application that chooses for its queue. */
  readonly choice?: Choice;
}

export interface RoutingState {
  readonly now: number;
  readonly policies: ReadonlyMap<QueueId, RoutingPolicy>;
  readonly agents: readonly RoutedAgent[];
  /** By rank, first come first. */
  readonly waiting: readonly WaitingSession[];
  /** Queues out of their hours, with when they open: nobody is asked for their sessions. */
  readonly closed?: ReadonlyMap<QueueId, number>;
  /** Rings widen by it. Default: all queues are always open. */
  readonly openTimes?: OpenTimes;
  /** So many offers at most; what is left is for the next decision. */
  readonly limit: number;
}

export interface Assignment {
  readonly session: SessionId;
  readonly agent: AgentId;
  readonly why: string;
}

export interface RoutingDecision {
  readonly assignments: readonly Assignment[];
  /** Sessions that nobody could be asked for. */
  readonly unanswered: readonly Unanswered[];
  /** Sessions for which an application is to choose among these, best first. */
  readonly choices: readonly { readonly session: SessionId; readonly agents: readonly AgentId[] }[];
  /** When time alone may change the decision. */
  readonly nextAt?: number;
  /** Whether the limit left sessions out that somebody could be asked for. */
  readonly more: boolean;
}

export interface Unanswered {
  readonly session: SessionId;
  /** Whoever declined may be asked again then. */
  readonly askAgainAt?: number;
}

/**
 * Which waiting sessions are offered to whom, now. Pure: state, policies and time in, assignments with their reasons out. Sessions are taken
 * by rank; each gets the best agent by its queue's policy among those with capacity free. Whoever could take a session gets one:
 * a session that nobody free can take is passed over, and holds up none behind it.
 */
export function route(state: RoutingState): RoutingDecision {
  return new Round(state).decide();
}

/** Sessions that ask for the same are many; who could take them is found once. */
interface Group extends Asked {
  /** What it asks of whom the customer knows: they need be no member, and have no skill. */
  readonly needOfLast: Need;
  readonly reach: Reach;
  readonly policy: RoutingPolicy;
  /** Best first; kept up to date with each assignment. */
  able: RoutedAgent[];
  /** Sessions for which an application is being asked to choose among them. */
  choosing: number;
}

const everybody: Need['members'] = { has: () => true };

/** Known by its name: sessions with the same have the same reach. */
interface NamedReach extends Reach {
  readonly name: string;
}

class Round {
  readonly #state: RoutingState;
  readonly #agents: Map<AgentId, RoutedAgent>;
  /** Those who have capacity left at all: mostly few, where many sessions wait. */
  readonly #free: Map<AgentId, RoutedAgent>;
  /** Who of them began with a skill, so that a rare one need not be looked for among all. */
  readonly #skilled = new Map<string, AgentId[]>();
  /** By queue and rings of the session's own. */
  readonly #reachings = new Map<string, ReturnType<typeof reaching>>();
  readonly #reaches = new Map<string, NamedReach>();
  readonly #groups = new Map<string, Group>();
  readonly #assignments: Assignment[] = [];
  readonly #unanswered: Unanswered[] = [];
  readonly #choices: RoutingDecision['choices'][number][] = [];
  #nextAt = Infinity;

  constructor(state: RoutingState) {
    this.#state = state;
    this.#agents = new Map(state.agents.map((agent) => [agent.id, agent]));
    this.#free = new Map([...this.#agents].filter(([, agent]) => hasCapacity(agent)));
  }

  decide(): RoutingDecision {
    let more = false;
    for (const session of this.#state.waiting) {
      if (this.#assignments.length >= this.#state.limit) {
        more = true;
        break;
      }
      this.#place(session);
    }
    return {
      assignments: this.#assignments,
      unanswered: this.#unanswered,
      choices: this.#choices,
      more,
      ...(this.#nextAt === Infinity ? {} : { nextAt: this.#nextAt }),
    };
  }

  #place(session: WaitingSession): void {
    const { now } = this.#state;
    const policy = this.#state.policies.get(session.queue);
    if (policy === undefined || policy.manual) {
      this.#unanswered.push({ session: session.session });
      return;
    }
    const opensAt = this.#state.closed?.get(session.queue);
    if (opensAt !== undefined) {
      this.#wakeAt(opensAt);
      return;
    }
    const reach = this.#reachOf(session, policy);
    const { nextAfterMs } = reach;
    // The queue may close before that, but it cannot be sooner.
    if (nextAfterMs !== undefined) this.#wakeAt(now + nextAfterMs - this.#waitedMs(session));
    const declined = askedAgain(session, now) ? [] : session.declined;
    if (this.#isHopeless(session, policy, reach)) {
      this.#leaveWaiting(session, policy, declined);
      return;
    }
    const group = this.#groupOf(session, policy, reach);

    const known = this.#lastAgent(session, group, declined);
    if (known === 'wait') return;
    const chosen = known ?? this.#chosen(session, group, declined);
    if (chosen === 'wait') return;
    const agent = chosen ?? this.#first(group, declined);
    if (agent === undefined) {
      this.#leaveWaiting(session, policy, declined);
      return;
    }
    const why = reasons(session, group, agent, known !== undefined, now);
    this.#assignments.push({ session: session.session, agent: agent.id, why });
    this.#take(agent, group.need.weight);
  }

  /** Who talked to the customer last, while the queue waits for them; `wait`: they could, but for work that ends. */
  #lastAgent(
    session: WaitingSession,
    group: Group,
    declined: readonly AgentId[],
  ): RoutedAgent | 'wait' | undefined {
    const until = session.enteredAt + group.policy.lastAgentMs;
    if (until <= this.#state.now) return undefined;
    let worthWaiting = false;
    for (const id of session.lastAgents) {
      const agent = this.#agents.get(id);
      if (agent?.availability !== 'available' || declined.includes(id)) continue;
      if (obstacle(agent, group.needOfLast) === undefined) return agent;
      if (notHandled(agent, session) === undefined) worthWaiting = true;
    }
    if (!worthWaiting) return undefined;
    this.#wakeAt(until);
    this.#unanswered.push({ session: session.session });
    return 'wait';
  }

  /** Whom the queue's application chose; `wait`: it is being asked. Undefined: the queue's own order decides. */
  #chosen(
    { session, choice }: WaitingSession,
    group: Group,
    declined: readonly AgentId[],
  ): RoutedAgent | 'wait' | undefined {
    if (group.policy.chooser === undefined) return undefined;
    if (choice !== undefined && isAwaited(choice, this.#state.now)) {
      group.choosing++;
      this.#wakeAt(choice.until);
      return 'wait';
    }
    const able = group.able.filter(({ id }) => !declined.includes(id));
    if (choice !== undefined) return able.find(({ id }) => id === choice.agent);
    if (able.length === 0) return undefined;
    // More sessions than agents could take are not worth a question each.
    if (group.choosing < able.length) {
      group.choosing++;
      this.#choices.push({ session, agents: able.map(({ id }) => id) });
    } else this.#unanswered.push({ session });
    return 'wait';
  }

  #first(group: Group, declined: readonly AgentId[]): RoutedAgent | undefined {
    return group.able.find((agent) => !declined.includes(agent.id));
  }

  #take(agent: RoutedAgent, weight: number): void {
    const { now } = this.#state;
    const taken = {
      ...agent,
      load: agent.load + weight,
      sessions: agent.sessions + 1,
      changedAt: now,
      offeredAt: now,
    };
    this.#agents.set(agent.id, taken);
    if (hasCapacity(taken)) this.#free.set(agent.id, taken);
    else this.#free.delete(agent.id);
    for (const group of this.#groups.values()) {
      const at = group.able.findIndex(({ id }) => id === agent.id);
      if (at === -1) continue;
      group.able.splice(at, 1);
      if (obstacle(taken, group.need) === undefined) insert(group.able, taken, comparison(group));
    }
  }

  /** Where somebody has declined and nobody else can take it, they are asked again after a while. */
  #leaveWaiting(session: WaitingSession, policy: RoutingPolicy, declined: readonly AgentId[]): void {
    if (declined.length === 0) {
      this.#unanswered.push({ session: session.session });
      return;
    }
    const askAgainAt = session.askAgainAt ?? this.#state.now + policy.retryMs;
    this.#wakeAt(askAgainAt);
    this.#unanswered.push({ session: session.session, askAgainAt });
  }

  /** Nobody is free, or nobody who is has a skill that it asks for: mostly so where many wait, and seen without comparing anybody. */
  #isHopeless({ required, lastAgents }: WaitingSession, policy: RoutingPolicy, { dropped }: Reach): boolean {
    // Their own ways of waiting come first.
    if (lastAgents.length > 0 || policy.chooser !== undefined) return false;
    if (this.#free.size === 0) return true;
    if (policy.evaluation === 'NONE') return false;
    for (const skill in policy.required) if (!dropped.has(skill) && this.#isRare(skill)) return true;
    for (const skill in required) if (!dropped.has(skill) && this.#isRare(skill)) return true;
    return false;
  }

  /** Nobody who is free has it. */
  #isRare(skill: string): boolean {
    return this.#whoHas(skill).length === 0;
  }

  #groupOf(session: WaitingSession, policy: RoutingPolicy, reach: NamedReach): Group {
    const { network, media = [], weight, required, preferred } = session;
    // Agents are compared by skills with BEST only.
    const compared = policy.evaluation === 'BEST' ? words(preferred) : '';
    const key = `${reach.name}|${network}|${media.join()}|${String(weight)}|${words(required)}|${compared}`;
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const { need, skills } = askedOf(session, policy, reach);
    const needOfLast: Need = { ...need, members: everybody, evaluation: 'NONE' };
    const group: Group = { need, needOfLast, reach, policy, skills, able: [], choosing: 0 };
    group.able = this.#candidates(need)
      .filter((agent) => obstacle(agent, need) === undefined)
      .sort(comparison(group));
    this.#groups.set(key, group);
    return group;
  }

  /** Nobody else can take it; the rarest skill that it asks for leaves the fewest to look at. */
  #candidates({ required, evaluation }: Need): RoutedAgent[] {
    if (this.#free.size === 0) return [];
    const skills = evaluation === 'NONE' ? [] : Object.keys(required);
    let fewest: readonly AgentId[] | undefined;
    for (const skill of skills) {
      const ids = this.#whoHas(skill);
      if (fewest === undefined || ids.length < fewest.length) fewest = ids;
    }
    if (fewest === undefined) return [...this.#free.values()];
    return fewest.flatMap((id) => this.#free.get(id) ?? []);
  }

  #whoHas(skill: string): readonly AgentId[] {
    if (this.#skilled.size === 0)
      for (const { id, skills } of this.#free.values())
        for (const name of Object.keys(skills)) {
          const ids = this.#skilled.get(name);
          if (ids === undefined) this.#skilled.set(name, [id]);
          else ids.push(id);
        }
    return this.#skilled.get(skill) ?? [];
  }

  /** In its queue, in open time. */
  #waitedMs({ queue, enteredAt }: WaitingSession): number {
    const { now, openTimes } = this.#state;
    return openTimes?.get(queue)?.(enteredAt) ?? now - enteredAt;
  }

  /** How far a session reaches by now; sessions in the same ring share it. */
  #reachOf(session: WaitingSession, policy: RoutingPolicy): NamedReach {
    const rings = ringsOf(policy, session.rings);
    const ring = rings.length === 0 ? 0 : ringAfter(rings, this.#waitedMs(session));
    const word = ringsWord(session);
    const name = `${word}|${String(ring)}`;
    const known = this.#reaches.get(name);
    if (known !== undefined) return known;
    const reachOfRing = this.#reachings.get(word) ?? reaching(policy, session.rings);
    this.#reachings.set(word, reachOfRing);
    const reach = { ...reachOfRing(ring), name };
    this.#reaches.set(name, reach);
    return reach;
  }

  #wakeAt(at: number): void {
    if (at > this.#state.now) this.#nextAt = Math.min(this.#nextAt, at);
  }
}

function hasCapacity({ availability, load, capacity }: RoutedAgent): boolean {
  return availability === 'available' && load < capacity;
}

/** The queue, and the rings of the session's own. */
function ringsWord({ queue, rings, ringsName }: WaitingSession): string {
  return rings === undefined || rings.length === 0 ? queue : `${queue}|${ringsName ?? JSON.stringify(rings)}`;
}

/** Names of skills hold neither of these signs. */
function words(skills: SkillLevels): string {
  let written = '';
  for (const skill in skills) written += `${skill}:${String(skills[skill])},`;
  return written;
}

function comparison({ policy, skills }: Group): (a: RoutedAgent, b: RoutedAgent) => number {
  return compareAgents({ evaluation: policy.evaluation, order: policy.order, skills });
}

function insert(
  sorted: RoutedAgent[],
  agent: RoutedAgent,
  compare: (a: RoutedAgent, b: RoutedAgent) => number,
): void {
  let from = 0;
  let to = sorted.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    const other = sorted[middle];
    if (other !== undefined && compare(other, agent) < 0) from = middle + 1;
    else to = middle;
  }
  sorted.splice(from, 0, agent);
}

function askedAgain(session: WaitingSession, now: number): boolean {
  return session.askAgainAt !== undefined && session.askAgainAt <= now;
}

function reasons(
  session: WaitingSession,
  group: Group,
  agent: RoutedAgent,
  last: boolean,
  now: number,
): string {
  const { need, reach, policy } = group;
  const waited = `waited ${String(Math.round((now - session.since) / 1000))} s`;
  if (last) return `talked to this customer last; ${waited}`;
  const skills = Object.entries(need.evaluation === 'NONE' ? {} : need.required).map(
    ([skill, level]) => `${skill} ${String(agent.skills[skill] ?? 0)} (${String(level)} needed)`,
  );
  const dropped = [...reach.dropped];
  const rings = ringsOf(policy, session.rings).length;
  return [
    ...(skills.length === 0 ? [] : [`has ${skills.join(', ')}`]),
    ...(agent.media === undefined || need.media === undefined ? [] : [`handles ${need.media.join(', ')}`]),
    ...(need.evaluation === 'BEST'
      ? [`best skills, ${averageLevel(agent, Object.keys(group.skills)).toFixed(1)} on average`]
      : []),
    ...choiceWords(session, agent),
    session.choice?.agent === agent.id
      ? `one of ${String(group.able.length)} who could`
      : `${orderWords[policy.order]} of ${String(group.able.length)} who could`,
    ...(reach.ring === 0 ? [] : [`ring ${String(reach.ring)} of ${String(rings)}`]),
    ...(dropped.length === 0 ? [] : [`no longer asked for: ${dropped.join(', ')}`]),
    waited,
  ].join('; ');
}

function choiceWords({ choice }: WaitingSession, { id }: RoutedAgent): string[] {
  if (choice === undefined) return [];
  if (choice.agent === id) return ['chosen by the application'];
  return [
    choice.agent === undefined
      ? `the application did not choose (${choice.failure ?? 'no answer in time'})`
      : 'whom the application chose is not free any more',
  ];
}
