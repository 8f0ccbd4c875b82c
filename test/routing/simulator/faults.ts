import type { RoutingPolicy } from '../../../src/directory/routing-policy.ts';
import type { Assignment, RoutingState, WaitingSession } from '../../../src/routing/route.ts';
import type { Route } from './day.ts';
import type { Violation } from './invariants.ts';

interface Fault {
  readonly breaks: Violation;
  readonly how: string;
  readonly in: (route: Route) => Route;
}

/** One mistake each, that routing might make: what the invariants have to find. */
export const faults: readonly Fault[] = [
  {
    breaks: 'session lost',
    how: 'some sessions are overlooked for ever',
    in: (route) => (state) =>
      route({ ...state, waiting: state.waiting.filter(({ session }) => !session.endsWith('77')) }),
  },
  {
    breaks: 'session in two places',
    how: 'a session is offered to two agents at once',
    in: (route) => (state) => {
      const decision = route(state);
      const second = decision.assignments.flatMap((assignment): Assignment[] => {
        const other = state.agents.find(({ id }) => id !== assignment.agent);
        return other === undefined ? [] : [{ ...assignment, agent: other.id }];
      });
      return { ...decision, assignments: [...decision.assignments, ...second] };
    },
  },
  {
    breaks: 'not one winner',
    how: 'what was offered before is offered to another, too',
    in: (route) => {
      let before: readonly Assignment[] = [];
      return (state) => {
        const decision = route(state);
        const again = before.flatMap((assignment): Assignment[] => {
          const other = state.agents.find(({ id }) => id !== assignment.agent);
          return other === undefined ? [] : [{ ...assignment, agent: other.id }];
        });
        before = decision.assignments;
        return { ...decision, assignments: [...decision.assignments, ...again] };
      };
    },
  },
  {
    breaks: 'agent over capacity',
    how: 'what agents have in hand is not counted',
    in: (route) => (state) =>
      route({ ...state, agents: state.agents.map((agent) => ({ ...agent, load: 0 })) }),
  },
  {
    breaks: 'agent asked who cannot',
    how: 'required skills are not looked at',
    in: (route) => withPolicies(route, (policy) => ({ ...policy, evaluation: 'NONE' })),
  },
  {
    breaks: 'agent idle while somebody waits',
    how: 'some agents are forgotten',
    in: (route) => (state) => route({ ...state, agents: state.agents.filter(({ id }) => !id.endsWith('3')) }),
  },
  {
    breaks: 'ring shrank the choice',
    how: 'a ring replaces the members instead of adding to them',
    in: (route) => (state) => {
      const replaced = withPolicies(route, (policy) => ({
        ...policy,
        members: policy.rings[0]?.agents ?? policy.members,
      }));
      const [first] = state.waiting;
      const ring = first && state.policies.get(first.queue)?.rings[0];
      return first !== undefined && ring !== undefined && state.now - first.enteredAt >= ring.afterMs
        ? replaced(state)
        : route(state);
    },
  },
  {
    breaks: 'later came first',
    how: 'the newest session goes first',
    in: (route) => (state) => route({ ...state, waiting: state.waiting.toReversed() }),
  },
  {
    breaks: 'asked again too soon',
    how: 'who declined is forgotten',
    in: (route) => withSessions(route, (session) => ({ ...session, declined: [] })),
  },
];

function withPolicies(route: Route, change: (policy: RoutingPolicy) => RoutingPolicy): Route {
  return (state: RoutingState) =>
    route({
      ...state,
      policies: new Map([...state.policies].map(([id, policy]) => [id, change(policy)])),
    });
}

function withSessions(route: Route, change: (session: WaitingSession) => WaitingSession): Route {
  return (state: RoutingState) => route({ ...state, waiting: state.waiting.map(change) });
}
