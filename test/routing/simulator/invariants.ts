import type { Queue } from '../../../src/directory/tenant.ts';
import type { AgentId, QueueId, SessionId } from '../../../src/platform/ids.ts';
import type { RoutedAgent } from '../../../src/routing/eligibility.ts';
import type { RoutingDecision, RoutingState, WaitingSession } from '../../../src/routing/route.ts';
import { hasDeclined, hasRoomFor, isFitFor, waitsForLastAgent } from './choice.ts';

/** What must never happen. */
export type Violation =
  | 'session lost'
  | 'session in two places'
  | 'agent over capacity'
  | 'agent asked who cannot'
  | 'agent idle while somebody waits'
  | 'ring shrank the choice'
  | 'later came first'
  | 'asked again too soon'
  | 'not one winner';

export interface Violations {
  readonly kind: Violation;
  readonly times: number;
  /** The first, in words. */
  readonly first: string;
}

/** What the simulated tenant looks like after a decision. */
export interface Tenant {
  readonly queues: ReadonlyMap<QueueId, Queue>;
  readonly agents: ReadonlyMap<AgentId, RoutedAgent>;
  readonly waiting: readonly WaitingSession[];
  /** Sessions offered to each or connected. */
  readonly held: ReadonlyMap<AgentId, readonly string[]>;
  /** Sessions that began and did not end. */
  readonly open: ReadonlySet<SessionId>;
}

/** The sweep of the product: what every other trigger missed is found by then. */
const sweepMs = 5000;

/** Looks at every decision, and keeps what it finds. */
export class Invariants {
  readonly #found = new Map<Violation, { times: number; first: string }>();
  readonly #idleSince = new Map<SessionId, number>();
  readonly #passedOn = new Map<SessionId, Map<AgentId, number>>();

  get violations(): readonly Violations[] {
    return [...this.#found].map(([kind, found]) => ({ kind, ...found }));
  }

  report(kind: Violation, at: number, words: string): void {
    const known = this.#found.get(kind);
    if (known === undefined) this.#found.set(kind, { times: 1, first: `at ${String(at)} ms: ${words}` });
    else known.times++;
  }

  /** Of the decision alone, before it is carried out. */
  decided(state: RoutingState, decision: RoutingDecision, tenant: Tenant): void {
    const { now } = state;
    this.#accountFor(state, decision);
    const waiting = new Map(state.waiting.map((session) => [session.session, session]));
    for (const { session: id, agent: asked } of decision.assignments) {
      const session = waiting.get(id);
      const agent = tenant.agents.get(asked);
      if (session === undefined || agent === undefined) continue;
      const policy = policyOf(tenant, session);
      const knows = session.lastAgents.includes(asked) && session.enteredAt + policy.lastAgentMs > now;
      if (agent.availability !== 'available' || (!knows && !isFitFor(agent, session, policy, now)))
        this.report('agent asked who cannot', now, `${asked} for ${id}`);
      const declinedAt = this.#passedOn.get(id)?.get(asked);
      if (declinedAt !== undefined && now < declinedAt + policy.retryMs)
        this.report('asked again too soon', now, `${asked} passed on ${id} at ${String(declinedAt)} ms`);
    }
    if (decision.assignments.length > 0) this.#compareEquals(state, decision, tenant);
  }

  /** Of the tenant, once the decision is carried out. */
  afterwards(now: number, decision: RoutingDecision, tenant: Tenant): void {
    let held = 0;
    for (const [id, sessions] of tenant.held) {
      held += sessions.length;
      const agent = tenant.agents.get(id);
      if (agent !== undefined && agent.load > agent.capacity)
        this.report('agent over capacity', now, `${id} has ${String(agent.load)}`);
    }
    if (held + tenant.waiting.length !== tenant.open.size) this.count(now, tenant);
    for (const { session } of decision.assignments) this.#idleSince.delete(session);
    this.#findIdle(now, decision, tenant);
  }

  /** Where each session is. */
  count(now: number, { waiting, held, open }: Tenant): void {
    const places = new Map<string, number>();
    for (const id of [...waiting.map(({ session }) => session), ...[...held.values()].flat()])
      places.set(id, (places.get(id) ?? 0) + 1);
    for (const id of open) if (!places.has(id)) this.report('session lost', now, `${id} is nowhere`);
    for (const [id, times] of places)
      if (times > 1 || !open.has(id as SessionId))
        this.report('session in two places', now, `${id} is in ${String(times)}, or over and still held`);
  }

  passedOn(session: SessionId, agent: AgentId, now: number): void {
    const known = this.#passedOn.get(session) ?? new Map<AgentId, number>();
    this.#passedOn.set(session, known.set(agent, now));
  }

  /** In another queue everybody may be asked. */
  entered(session: SessionId): void {
    this.#passedOn.delete(session);
  }

  /** A ring begins: who could be asked before it, and can no longer? */
  ringBegan(session: SessionId, now: number, before: readonly AgentId[], since: readonly AgentId[]): void {
    const gone = before.filter((id) => !since.includes(id));
    if (gone.length > 0) this.report('ring shrank the choice', now, `${session}: without ${gone.join(', ')}`);
  }

  /** Whatever was looked at is offered once or answered for once. */
  #accountFor(state: RoutingState, { assignments, unanswered, more }: RoutingDecision): void {
    const told = new Map<SessionId, number>();
    for (const { session } of [...assignments, ...unanswered])
      told.set(session, (told.get(session) ?? 0) + 1);
    for (const { session } of state.waiting) {
      const times = told.get(session) ?? 0;
      if (times > 1) this.report('session in two places', state.now, `${session} decided twice`);
      if (times === 0 && !more) this.report('session lost', state.now, `${session} was not decided`);
    }
  }

  /** Who got somebody, though one that came earlier and asks for the same did not, and could have had them. */
  #compareEquals(state: RoutingState, { assignments }: RoutingDecision, tenant: Tenant): void {
    const { now } = state;
    const asked = new Map(assignments.map(({ session, agent }) => [session, agent]));
    const passedOver = new Map<string, WaitingSession[]>();
    for (const session of state.waiting) {
      const key = needKey(session);
      const id = asked.get(session.session);
      const agent = id === undefined ? undefined : tenant.agents.get(id);
      if (agent === undefined) {
        const others = passedOver.get(key);
        if (others === undefined) passedOver.set(key, [session]);
        else others.push(session);
      } else if (!session.lastAgents.includes(agent.id)) {
        const policy = policyOf(tenant, session);
        const first = passedOver
          .get(key)
          ?.find(
            (earlier) =>
              earlier.since < session.since &&
              !hasDeclined(agent, earlier, now) &&
              isFitFor(agent, earlier, policy, now) &&
              !waitsForLastAgent(earlier, policy, tenant.agents, now),
          );
        if (first !== undefined)
          this.report('later came first', now, `${session.session} before ${first.session}`);
      }
    }
  }

  #findIdle(now: number, { more }: RoutingDecision, tenant: Tenant): void {
    const free = [...tenant.agents.values()].filter(
      (agent) => agent.availability === 'available' && agent.load < agent.capacity,
    );
    if (free.length === 0 || more) {
      if (free.length === 0) this.#idleSince.clear();
      return;
    }
    for (const session of tenant.waiting) {
      const policy = policyOf(tenant, session);
      const idle = free.find(
        (agent) =>
          hasRoomFor(agent, session) &&
          !hasDeclined(agent, session, now) &&
          isFitFor(agent, session, policy, now),
      );
      if (idle === undefined || waitsForLastAgent(session, policy, tenant.agents, now)) {
        this.#idleSince.delete(session.session);
        continue;
      }
      const since = this.#idleSince.get(session.session) ?? now;
      this.#idleSince.set(session.session, since);
      if (now - since > sweepMs)
        this.report('agent idle while somebody waits', now, `${idle.id} and ${session.session}`);
    }
  }
}

/** Those of one queue that ask for the same. */
function needKey({ queue, network, media = [], required, preferred }: WaitingSession): string {
  return `${queue} ${network} ${media.join()} ${JSON.stringify(required)} ${JSON.stringify(preferred)}`;
}

function policyOf({ queues }: Tenant, { queue }: WaitingSession): Queue['policy'] {
  const found = queues.get(queue);
  if (found === undefined) throw new Error(`no queue ${queue}`);
  return found.policy;
}
