import type { Availability } from '../../../src/directory/agent-work.ts';
import type { Agent, Queue } from '../../../src/directory/tenant.ts';
import {
  as,
  type AgentId,
  type ConversationId,
  type QueueId,
  type SessionId,
} from '../../../src/platform/ids.ts';
import { leftUnanswered, offeredTo, passedOnBy, type QueueEntry } from '../../../src/queues/queue-entry.ts';
import { estimateWait } from '../../../src/queues/wait-estimate.ts';
import { countAgents } from '../../../src/routing/agents-of-queue.ts';
import type { QueueLoad } from '../../../src/routing/rules/rule-facts.ts';
import { rankOf } from '../../../src/routing/rank.ts';
import type {
  Assignment,
  RoutingDecision,
  RoutingState,
  WaitingSession,
} from '../../../src/routing/route.ts';
import { Agenda } from './agenda.ts';
import { Dice } from './dice.ts';
import { Figures } from './figures.ts';
import { Invariants, type Tenant, type Violations } from './invariants.ts';
import { ruled } from './rules.ts';
import { Staff } from './staff.ts';
import { networks, simulatedAgents, simulatedMedia, simulatedNeed, simulatedQueues } from './tenant.ts';
import { WaitingList } from './waiting-list.ts';

export type Route = (state: RoutingState) => RoutingDecision;

export interface DayOptions {
  readonly seed: number;
  readonly sessions: number;
  readonly agents: number;
  /** How long customers come. The day ends when the last is served. */
  readonly hours: number;
  readonly route: Route;
  /** Who could be asked at all, before and after a ring begins; absent: `route`. */
  readonly choose?: Route;
}

export interface DayResult {
  readonly figures: Figures;
  readonly violations: readonly Violations[];
}

interface SimulatedSession {
  readonly id: SessionId;
  readonly customer: number;
  /** As it was last, also once an agent has it. */
  entry: QueueEntry;
  /** One at most, as long as routing makes no mistake. */
  readonly offers: Set<Offer>;
  /** Who took it, in this queue. */
  winner?: AgentId;
  /** How long it was thought to wait, at the first look at this queue while it waited. */
  estimate?: { readonly at: number; readonly ms: number | undefined };
}

interface Offer {
  readonly agent: AgentId;
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
/** As src/routing/dispatch.ts has them. */
const sweepMs = 5 * second;
const offersAtOnce = 50;
/** As src/sessions/decide-places.ts has it. */
const lookMs = 15 * second;
/** How long the sessions of who went offline stay with them. */
const graceMs = minute;

/** Whoever is not served so long after the last customer came is lost. */
const overtimeMs = 4 * hour;

const absences: readonly (readonly [Availability, number])[] = [
  ['busy', 4 * minute],
  ['break', 12 * minute],
  ['offline', 20 * minute],
];

/** A day of one tenant in virtual time: customers come, agents answer, decline, miss and go; each event that the product routes at is a decision. */
export function simulateDay(options: DayOptions): DayResult {
  return new Day(options).run();
}

class Day {
  readonly #options: DayOptions;
  readonly #dice: Dice;
  readonly #agents: ReadonlyMap<AgentId, Agent>;
  readonly #queues: ReadonlyMap<QueueId, Queue>;
  readonly #policies: RoutingState['policies'];
  readonly #staff: Staff;
  readonly #agenda = new Agenda();
  readonly #waiting = new WaitingList();
  readonly #invariants = new Invariants();
  readonly #figures = new Figures();
  readonly #sessions = new Map<SessionId, SimulatedSession>();
  readonly #open = new Set<SessionId>();
  readonly #busyCustomers = new Set<number>();
  readonly #lastAgents = new Map<number, AgentId>();
  readonly #accepted = new Map<QueueId, number[]>();
  readonly #closesAt: number;
  /** Only the newest look counts, as a timer that is set again. */
  #look = 0;

  constructor(options: DayOptions) {
    this.#options = options;
    this.#dice = new Dice(options.seed);
    this.#agents = simulatedAgents(options.agents, this.#dice);
    this.#queues = simulatedQueues([...this.#agents.keys()]);
    this.#policies = new Map([...this.#queues].map(([id, { policy }]) => [id, policy]));
    this.#staff = new Staff(this.#agents);
    this.#closesAt = options.hours * hour;
  }

  run(): DayResult {
    for (let number = 0; number < this.#options.sessions; number++)
      this.#agenda.plan(this.#arrivalTime(), () => this.#arrive(number));
    for (const id of this.#agents.keys()) this.#planAbsence(id);
    for (let at = minute; at < this.#closesAt; at += minute)
      this.#agenda.plan(at, () => this.#invariants.count(at, this.#tenant()));
    for (let at = lookMs; at < this.#closesAt; at += lookMs) this.#agenda.plan(at, () => this.#estimate());
    this.#agenda.run(this.#closesAt + overtimeMs);
    const { now } = this.#agenda;
    this.#invariants.count(now, this.#tenant());
    for (const id of this.#open) this.#invariants.report('session lost', now, `${id} never ended`);
    return { figures: this.#figures, violations: this.#invariants.violations };
  }

  /** Two rushes: in the morning and in the afternoon. */
  #arrivalTime(): number {
    for (;;) {
      const at = this.#dice.next();
      if (this.#dice.chance(0.45 + 0.55 * Math.sin(2 * Math.PI * at) ** 2))
        return Math.round(at * this.#closesAt);
    }
  }

  #arrive(number: number): void {
    const dice = this.#dice;
    const known = dice.whole(0, Math.ceil(this.#options.sessions / 3));
    const customer = this.#busyCustomers.has(known) ? this.#options.sessions + number : known;
    this.#busyCustomers.add(customer);
    const id = as<SessionId>(`session-${String(number)}`);
    const drawn = dice.next();
    const queue = as<QueueId>(drawn < 0.55 ? 'support' : drawn < 0.8 ? 'sales' : 'billing');
    const entry = this.#enter({ id, customer, queue, since: this.#agenda.now, declined: [] });
    const session: SimulatedSession = { id, customer, entry, offers: new Set() };
    this.#sessions.set(id, session);
    this.#open.add(id);
    this.#agenda.plan(this.#agenda.now + dice.exponential(45 * minute), () => this.#leave(session));
    this.#decide();
  }

  #enter(from: {
    readonly id: SessionId;
    readonly customer: number;
    readonly queue: QueueId;
    readonly since: number;
    readonly declined: readonly AgentId[];
  }): QueueEntry {
    const { now } = this.#agenda;
    const queue = this.#queue(from.queue);
    const last = this.#lastAgents.get(from.customer);
    const network = this.#dice.pick(networks);
    const media = simulatedMedia(this.#dice);
    const need = simulatedNeed(this.#dice);
    const language = need.french === undefined ? 'en' : 'fr';
    const rules = ruled({ queue: queue.id, network, media, language, load: this.#load(), now });
    const priority = rules.priority ?? queue.priority;
    const entry: QueueEntry = {
      conversation: as<ConversationId>(`customer-${String(from.customer)}`),
      queue: queue.id,
      state: 'waiting',
      rank: rankOf({ since: from.since, priority, promisedMs: queue.promisedMs }),
      since: from.since,
      enteredAt: now,
      priority,
      weight: queue.weight,
      network,
      media,
      required: { ...rules.required, ...need },
      preferred: rules.preferred,
      rings: rules.rings.map(({ teams: _, ...ring }) => ring),
      ringsName: rules.matched.join(),
      overflow: rules.overflow,
      lastAgents: last === undefined ? [] : [last],
      declined: from.declined,
      told: false,
    };
    this.#waiting.put(from.id, entry);
    this.#invariants.entered(from.id);
    for (const ring of [...queue.policy.rings, ...(entry.rings ?? [])])
      this.#agenda.plan(now + ring.afterMs, () => this.#ringBegins(from.id, entry));
    for (const { afterMs = 0, queue: to } of rules.overflow)
      this.#agenda.plan(now + afterMs, () => this.#overflow(from.id, entry, to));
    return entry;
  }

  #load(): Record<string, QueueLoad> {
    const agents = [...this.#staff.routed.values()];
    const waiting = this.#waiting.sessions;
    return Object.fromEntries(
      [...this.#queues.values()].map((queue) => [
        queue.id,
        {
          waiting: waiting.filter((session) => session.queue === queue.id).length,
          longestWait: 0,
          ...countAgents(queue, agents),
        },
      ]),
    );
  }

  /** It has waited too long where it is. */
  #overflow(id: SessionId, { enteredAt, queue: from }: QueueEntry, to: QueueId): void {
    const session = this.#sessions.get(id);
    const { entry } = session ?? {};
    if (session === undefined || entry?.state !== 'waiting') return;
    if (entry.enteredAt !== enteredAt || entry.queue !== from || !this.#waiting.remove(id, entry)) return;
    const { customer } = session;
    session.entry = this.#enter({ id, customer, queue: to, since: entry.since, declined: entry.declined });
    this.#figures.overflows++;
    this.#decide();
  }

  #ringBegins(id: SessionId, { enteredAt }: QueueEntry): void {
    const { now } = this.#agenda;
    const session = this.#waiting.sessions.find((waits) => waits.session === id);
    if (session?.enteredAt !== enteredAt) return;
    const before = this.#choice(session, now - 1, [...this.#agents.keys()]);
    this.#invariants.ringBegan(id, now, before, this.#choice(session, now, before));
  }

  /** Whom routing would ask, were each of them there alone. */
  #choice(session: WaitingSession, now: number, among: readonly AgentId[]): AgentId[] {
    const choose = this.#options.choose ?? this.#options.route;
    const waiting = [{ ...session, declined: [], lastAgents: [] }];
    return among.filter((id) => {
      const agent = this.#staff.routed.get(id);
      if (agent === undefined) return false;
      const agents = [{ ...agent, availability: 'available' as const, load: 0 }];
      const { assignments } = choose({ now, agents, waiting, policies: this.#policies, limit: 1 });
      return assignments.length > 0;
    });
  }

  #decide(): void {
    const { now } = this.#agenda;
    const looked = this.#waiting.lookedAt(this.#staff.isAnybodyFree);
    if (looked.length === 0) return;
    const agents = [...this.#staff.routed.values()];
    const state = { now, agents, waiting: looked, policies: this.#policies, limit: offersAtOnce };
    const decision = this.#options.route(state);
    this.#figures.decisions++;
    this.#figures.longestQueue = Math.max(this.#figures.longestQueue, looked.length);
    this.#invariants.decided(state, decision, this.#tenant());
    for (const assignment of decision.assignments) this.#offer(assignment);
    for (const { session: id, askAgainAt } of decision.unanswered) {
      const session = this.#sessions.get(id);
      if (session === undefined || !this.#waiting.remove(id, session.entry)) continue;
      session.entry = leftUnanswered(session.entry, askAgainAt);
      this.#waiting.put(id, session.entry);
    }
    this.#invariants.afterwards(now, decision, this.#tenant());
    if (looked.length <= decision.assignments.length) return;
    const look = ++this.#look;
    const lookAt = decision.more ? now : Math.min(decision.nextAt ?? Infinity, now + sweepMs);
    this.#agenda.plan(lookAt, () => {
      if (look === this.#look) this.#decide();
    });
  }

  /** Carries out what was decided, be it right or wrong: what is wrong is for the invariants to find. */
  #offer({ session: id, agent }: Assignment): void {
    const { now } = this.#agenda;
    const session = this.#sessions.get(id);
    if (session === undefined) return;
    this.#figures.offers++;
    this.#waiting.remove(id, session.entry);
    session.entry = offeredTo(session.entry, { agent, forMs: 0, now });
    this.#staff.takeUp(agent, id, session.entry.weight, now);
    const offer: Offer = { agent };
    session.offers.add(offer);
    const { offerMs } = this.#queue(session.entry.queue);
    const answersAfter = this.#dice.logNormal(8 * second, 0.8);
    const drawn = this.#dice.next();
    if (drawn < 0.05 || answersAfter >= offerMs)
      this.#agenda.plan(now + offerMs, () => this.#passOn(session, offer, 'missed'));
    else if (drawn < 0.13)
      this.#agenda.plan(now + answersAfter, () => this.#passOn(session, offer, 'declined'));
    else this.#agenda.plan(now + answersAfter, () => this.#accept(session, offer));
  }

  /** Who still waits at a look at the queues is told how long. */
  #estimate(): void {
    const { now } = this.#agenda;
    const positions = new Map<QueueId, number>();
    const agents = [...this.#staff.routed.values()];
    for (const { session: id, queue } of this.#waiting.sessions) {
      const position = (positions.get(queue) ?? 0) + 1;
      positions.set(queue, position);
      const session = this.#sessions.get(id);
      if (session === undefined || session.estimate !== undefined) continue;
      const { members } = this.#queue(queue).policy;
      const available = agents.filter(
        (agent) => agent.availability === 'available' && members.includes(agent.id),
      ).length;
      const accepted = this.#accepted.get(queue) ?? [];
      session.estimate = { at: now, ms: estimateWait(position, { now, accepted, available }) };
    }
  }

  #passOn(session: SimulatedSession, offer: Offer, how: 'missed' | 'declined' | 'rescinded'): void {
    if (!session.offers.delete(offer)) return;
    const { now } = this.#agenda;
    const { agent } = offer;
    session.entry = passedOnBy(session.entry, agent);
    this.#waiting.put(session.id, session.entry);
    this.#invariants.passedOn(session.id, agent, now);
    this.#staff.layDown(agent, session.id, now);
    if (how === 'declined') this.#staff.answered(agent);
    if (how === 'missed' && this.#staff.missed(agent)) {
      this.#takeBack(agent);
      const { availableSince } = this.#staff.workOf(agent);
      this.#agenda.plan(now + this.#dice.exponential(3 * minute), () => {
        if (this.#staff.workOf(agent).availableSince === availableSince) this.#becomes(agent, 'available');
      });
    }
    this.#decide();
  }

  #accept(session: SimulatedSession, offer: Offer): void {
    if (!session.offers.delete(offer)) return;
    const { now } = this.#agenda;
    const { agent } = offer;
    const { entry, customer, id } = session;
    const queue = this.#queue(entry.queue);
    if (session.winner !== undefined)
      this.#invariants.report('not one winner', now, `${id}: ${session.winner} and ${agent}`);
    session.winner = agent;
    this.#staff.answered(agent);
    this.#lastAgents.set(customer, agent);
    this.#figures.accepted(queue, now - entry.since);
    this.#accepted.set(queue.id, [...(this.#accepted.get(queue.id) ?? []).slice(-200), now]);
    if (session.estimate !== undefined)
      this.#figures.estimated(queue, session.estimate.ms, now - session.estimate.at);
    const waitedMs = now - entry.since;
    const median = queue.id === 'billing' ? 4 * minute : 3.5 * minute;
    this.#agenda.plan(now + this.#dice.logNormal(median, 0.6), () => {
      if (session.winner === agent && session.entry === entry) this.#end(session, agent, waitedMs);
    });
  }

  /** The conversation is over, or goes to another queue and keeps the time that it has waited. */
  #end(session: SimulatedSession, agent: AgentId, waitedMs: number): void {
    const { now } = this.#agenda;
    const { id } = session;
    const queue = this.#queue(session.entry.queue);
    this.#staff.layDown(agent, id, now);
    if (queue.wrapUpMs > 0) {
      this.#staff.beginWrapUp(agent, id, queue, now);
      this.#agenda.plan(now + queue.wrapUpMs, () => {
        this.#staff.endWrapUp(agent, id, now + queue.wrapUpMs);
        this.#decide();
      });
    }
    if (this.#dice.chance(0.04)) {
      const others = [...this.#queues.keys()].filter((other) => other !== queue.id);
      this.#requeue(session, this.#dice.pick(others), agent, waitedMs);
    } else this.#close(session);
    this.#decide();
  }

  #requeue(session: SimulatedSession, queue: QueueId, from: AgentId, waitedMs: number): void {
    const { id, customer } = session;
    delete session.winner;
    delete session.estimate;
    const since = this.#agenda.now - waitedMs;
    session.entry = this.#enter({ id, customer, queue, since, declined: [from] });
  }

  #close(session: SimulatedSession): void {
    this.#open.delete(session.id);
    this.#busyCustomers.delete(session.customer);
  }

  /** The customer has no patience left. */
  #leave(session: SimulatedSession): void {
    if (!this.#open.has(session.id) || session.winner !== undefined) return;
    for (const { agent } of session.offers) this.#staff.layDown(agent, session.id, this.#agenda.now);
    session.offers.clear();
    this.#waiting.remove(session.id, session.entry);
    this.#figures.abandoned(this.#queue(session.entry.queue));
    this.#close(session);
    this.#decide();
  }

  #planAbsence(id: AgentId): void {
    const at = this.#agenda.now + this.#dice.exponential(50 * minute);
    if (at >= this.#closesAt) return;
    this.#agenda.plan(at, () => {
      const [absence, mean] = this.#dice.pick(absences);
      this.#becomes(id, absence);
      this.#agenda.plan(at + this.#dice.exponential(mean), () => {
        this.#becomes(id, 'available');
        this.#planAbsence(id);
      });
    });
  }

  #becomes(id: AgentId, availability: Availability): void {
    const { now } = this.#agenda;
    this.#staff.becomes(id, availability, now);
    if (availability !== 'available') this.#takeBack(id);
    if (availability === 'offline')
      this.#agenda.plan(now + graceMs, () => {
        const { availability: still, availableSince } = this.#staff.workOf(id);
        if (still === 'offline' && availableSince === now) this.#reassign(id);
      });
    this.#decide();
  }

  /** What is offered to who takes nothing goes to others. */
  #takeBack(id: AgentId): void {
    for (const session of this.#heldBy(id))
      for (const offer of [...session.offers])
        if (offer.agent === id) this.#passOn(session, offer, 'rescinded');
  }

  #reassign(id: AgentId): void {
    for (const session of this.#heldBy(id)) {
      if (session.winner !== id) continue;
      this.#staff.layDown(id, session.id, this.#agenda.now);
      this.#requeue(session, session.entry.queue, id, 0);
    }
    this.#decide();
  }

  #heldBy(id: AgentId): SimulatedSession[] {
    const held = this.#staff.held.get(id) ?? [];
    return held.flatMap((session) => this.#sessions.get(session as SessionId) ?? []);
  }

  #queue(id: QueueId): Queue {
    const queue = this.#queues.get(id);
    if (queue === undefined) throw new Error(`no queue ${id}`);
    return queue;
  }

  #tenant(): Tenant {
    return {
      queues: this.#queues,
      agents: this.#staff.routed,
      held: this.#staff.held,
      waiting: this.#waiting.sessions,
      open: this.#open,
    };
  }
}
