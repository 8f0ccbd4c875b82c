import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AgentId } from '../../src/platform/ids.ts';
import { obstacle } from '../../src/routing/eligibility.ts';
import { reachAfter } from '../../src/routing/rings.ts';
import { route, type RoutingState, type WaitingSession } from '../../src/routing/route.ts';
import { policies, rings, states, support } from './arbitraries.ts';

describe('whatever agents, policies and sessions there are', () => {
  it('nobody gets more than they have capacity for', () => {
    fc.assert(
      fc.property(states, (state) => {
        const loads = loadsAfter(state);
        for (const agent of state.agents)
          expect(loads.get(agent.id) ?? 0).toBeLessThanOrEqual(Math.max(agent.capacity, agent.load));
      }),
    );
  });

  it('a session is offered once, to somebody who is there, and never to who declined it', () => {
    fc.assert(
      fc.property(states, (state) => {
        const { assignments } = route(state);
        expect(new Set(assignments.map(({ session }) => session)).size).toBe(assignments.length);
        for (const { session, agent } of assignments) {
          const asked = state.agents.find(({ id }) => id === agent);
          expect(asked?.availability).toBe('available');
          expect(sessionOf(state, session).declined).not.toContain(agent);
        }
      }),
    );
  });

  it('nobody who could take a session stays idle while it waits', () => {
    fc.assert(
      fc.property(states, (state) => {
        const { assignments } = route(state);
        const taken = new Set(assignments.map(({ session }) => session));
        const loads = loadsAfter(state);
        for (const session of state.waiting) {
          if (taken.has(session.session) || waitsForLastAgent(state, session)) continue;
          const idle = state.agents.filter(
            (agent) =>
              !session.declined.includes(agent.id) &&
              obstacle({ ...agent, load: loads.get(agent.id) ?? agent.load }, needOf(state, session)) ===
                undefined,
          );
          expect(idle.map(({ id }) => id)).toEqual([]);
        }
      }),
    );
  });

  it('of equals, who came first is served first', () => {
    fc.assert(
      fc.property(states, (state) => {
        const equal = state.waiting.map((session) => ({
          ...session,
          enteredAt: 0,
          required: {},
          media: [],
          rings: [],
          weight: 1,
          declined: [],
          lastAgents: [],
        }));
        const { assignments } = route({ ...state, waiting: equal });
        const served = assignments.map(({ session }) => session);
        expect(served).toEqual(equal.slice(0, served.length).map(({ session }) => session));
      }),
    );
  });

  it('rings only widen: whoever could be asked can still be asked later', () => {
    fc.assert(
      fc.property(policies, rings, fc.nat(200_000), fc.nat(200_000), (policy, own, first, more) => {
        const before = reachAfter(policy, first, own);
        const after = reachAfter(policy, first + more, own);
        expect([...reachAfter(policy, first).members].filter((id) => !before.members.has(id))).toEqual([]);
        expect([...before.members].filter((id) => !after.members.has(id))).toEqual([]);
        expect([...before.dropped].filter((skill) => !after.dropped.has(skill))).toEqual([]);
      }),
    );
  });

  it('the same state gives the same decision', () => {
    fc.assert(
      fc.property(states, (state) => {
        const turned = { ...state, agents: [...state.agents].reverse() };
        expect(route(turned)).toEqual(route(state));
      }),
    );
  });
});

function loadsAfter(state: RoutingState): Map<AgentId, number> {
  const loads = new Map(state.agents.map(({ id, load }) => [id, load]));
  for (const { session, agent } of route(state).assignments)
    loads.set(agent, (loads.get(agent) ?? 0) + sessionOf(state, session).weight);
  return loads;
}

function sessionOf(state: RoutingState, id: string): WaitingSession {
  const found = state.waiting.find(({ session }) => session === id);
  if (found === undefined) throw new Error(`no session ${id} waits`);
  return found;
}

function policyOfState(state: RoutingState) {
  const policy = state.policies.get(support);
  if (policy === undefined) throw new Error('the queue has a policy');
  return policy;
}

function needOf(state: RoutingState, session: WaitingSession) {
  const policy = policyOfState(state);
  const { members, dropped } = reachAfter(policy, state.now - session.enteredAt, session.rings);
  const asked = Object.entries({ ...policy.required, ...session.required });
  return {
    members,
    network: session.network,
    ...(session.media === undefined ? {} : { media: session.media }),
    weight: session.weight,
    evaluation: policy.evaluation,
    required: Object.fromEntries(asked.filter(([skill]) => !dropped.has(skill))),
  };
}

function waitsForLastAgent(state: RoutingState, session: WaitingSession): boolean {
  return session.lastAgents.length > 0 && session.enteredAt + policyOfState(state).lastAgentMs > state.now;
}
