import {
  withoutSession,
  withSession,
  type AgentWork,
  type Availability,
} from '../../../src/directory/agent-work.ts';
import type { Agent, Queue } from '../../../src/directory/tenant.ts';
import type { AgentId, ConversationId, SessionId } from '../../../src/platform/ids.ts';
import { routedAgent } from '../../../src/routing/routed-agent.ts';
import type { RoutedAgent } from '../../../src/routing/eligibility.ts';

/** Offers missed in a row that make an agent `away`. */
const awayAfterMissed = 3;

/** The agents and what they have in hand, changed as the product changes it. */
export class Staff {
  readonly #agents: ReadonlyMap<AgentId, Agent>;
  readonly #work = new Map<AgentId, AgentWork>();
  /** As routing sees them. */
  readonly routed = new Map<AgentId, RoutedAgent>();
  readonly held = new Map<AgentId, readonly string[]>();

  constructor(agents: ReadonlyMap<AgentId, Agent>) {
    this.#agents = agents;
    for (const id of agents.keys())
      this.#change(id, () => ({ sessions: [], availability: 'available', changedAt: 0 }));
  }

  workOf(id: AgentId): AgentWork {
    const work = this.#work.get(id);
    if (work === undefined) throw new Error(`no agent ${id}`);
    return work;
  }

  get isAnybodyFree(): boolean {
    for (const agent of this.routed.values())
      if (agent.availability === 'available' && agent.load < agent.capacity) return true;
    return false;
  }

  takeUp(id: AgentId, session: SessionId, weight: number, now: number): void {
    this.#change(id, (work) => withSession(work, session, weight, now));
  }

  layDown(id: AgentId, session: SessionId, now: number): void {
    this.#change(id, (work) => withoutSession(work, session, now));
  }

  beginWrapUp(id: AgentId, session: SessionId, { weight, wrapUpMs }: Queue, now: number): void {
    const wrapUp = {
      session,
      conversation: session as string as ConversationId,
      weight,
      until: now + wrapUpMs,
    };
    this.#change(id, (work) => ({ ...work, wrapUps: [...(work.wrapUps ?? []), wrapUp] }));
  }

  endWrapUp(id: AgentId, session: SessionId, now: number): void {
    this.#change(id, (work) => ({
      ...work,
      wrapUps: (work.wrapUps ?? []).filter((wrapUp) => wrapUp.session !== session),
      changedAt: now,
    }));
  }

  answered(id: AgentId): void {
    this.#change(id, ({ missed: _, ...work }) => work);
  }

  /** Whether they are away now, having missed too many. */
  missed(id: AgentId): boolean {
    const missed = (this.workOf(id).missed ?? 0) + 1;
    const isAway = missed >= awayAfterMissed;
    this.#change(id, (work) => ({ ...work, missed, ...(isAway ? { availability: 'away' } : {}) }));
    return isAway;
  }

  becomes(id: AgentId, availability: Availability, now: number): void {
    this.#change(id, ({ missed: _, ...work }) => ({ ...work, availability, availableSince: now }));
  }

  #change(id: AgentId, change: (work: AgentWork) => AgentWork): void {
    const agent = this.#agents.get(id);
    if (agent === undefined) return;
    const before = this.#work.get(id) ?? { sessions: [], availability: 'available', changedAt: 0 };
    const work = change(before);
    this.#work.set(id, work);
    this.routed.set(id, routedAgent(agent, work));
    this.held.set(id, work.sessions);
  }
}
