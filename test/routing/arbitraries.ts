import fc from 'fast-check';
import { as, type AgentId, type QueueId, type SessionId } from '../../src/platform/ids.ts';
import type { Medium } from '../../src/message/medium.ts';
import type { RoutingPolicy } from '../../src/directory/routing-policy.ts';
import type { RoutedAgent } from '../../src/routing/eligibility.ts';
import type { RoutingState, WaitingSession } from '../../src/routing/route.ts';

export const support = as<QueueId>('support');

export function agentNamed(id: string, change: Partial<RoutedAgent> = {}): RoutedAgent {
  return {
    id: as<AgentId>(id),
    availability: 'available',
    capacity: 1,
    load: 0,
    sessions: 0,
    skills: {},
    changedAt: 0,
    offeredAt: 0,
    ...change,
  };
}

export function policyOf(members: readonly string[], change: Partial<RoutingPolicy> = {}): RoutingPolicy {
  return {
    members: members.map((id) => as<AgentId>(id)),
    evaluation: 'ALL',
    order: 'longest-idle',
    required: {},
    preferred: {},
    rings: [],
    manual: false,
    lastAgentMs: 0,
    retryMs: 30_000,
    ...change,
  };
}

export function sessionNamed(id: string, change: Partial<WaitingSession> = {}): WaitingSession {
  return {
    session: as<SessionId>(id),
    queue: support,
    since: 0,
    enteredAt: 0,
    network: 'sms',
    weight: 1,
    required: {},
    preferred: {},
    lastAgents: [],
    declined: [],
    ...change,
  };
}

export function stateOf(
  agents: readonly RoutedAgent[],
  waiting: readonly WaitingSession[],
  policy: RoutingPolicy,
  now = 100_000,
): RoutingState {
  return { now, agents, waiting, policies: new Map([[support, policy]]), limit: 1000 };
}

const names = ['a', 'b', 'c', 'd', 'e', 'f'] as const;
const skillNames = ['french', 'billing'] as const;
const levels = fc.dictionary(fc.constantFrom(...skillNames), fc.integer({ min: 0, max: 5 }));
const someMedia = fc.subarray<Medium>(['text', 'image', 'video']);
const someNames = fc.subarray([...names]);

const agents = fc.tuple(
  ...names.map((id) =>
    fc
      .record({
        availability: fc.constantFrom(
          'available' as const,
          'available' as const,
          'busy' as const,
          'offline' as const,
        ),
        capacity: fc.integer({ min: 1, max: 3 }),
        load: fc.integer({ min: 0, max: 3 }),
        skills: levels,
        handled: fc.option(someMedia, { nil: undefined }),
        changedAt: fc.integer({ min: 0, max: 1000 }),
        offeredAt: fc.integer({ min: 0, max: 1000 }),
      })
      .map(({ handled, ...change }) =>
        agentNamed(id, {
          ...change,
          ...(handled === undefined ? {} : { media: new Set(handled) }),
          sessions: change.load,
        }),
      ),
  ),
);

export const rings = fc
  .array(
    fc.record({
      afterMs: fc.integer({ min: 1, max: 100_000 }),
      agents: someNames.map((list) => list.map((id) => as<AgentId>(id))),
      dropSkills: fc.subarray([...skillNames]),
    }),
    { maxLength: 3 },
  )
  .map((list) => [...list].sort((a, b) => a.afterMs - b.afterMs));

export const policies = fc
  .record({
    members: someNames,
    evaluation: fc.constantFrom('ALL' as const, 'BEST' as const, 'NONE' as const),
    order: fc.constantFrom(
      'longest-idle' as const,
      'least-active' as const,
      'most-available' as const,
      'round-robin' as const,
    ),
    required: levels,
    preferred: levels,
    rings,
    lastAgentMs: fc.constantFrom(0, 20_000),
  })
  .map(({ members, ...change }) => policyOf(members, change));

const waiting = fc
  .array(
    fc.record({
      since: fc.integer({ min: 0, max: 100_000 }),
      weight: fc.integer({ min: 1, max: 2 }),
      required: levels,
      media: someMedia,
      rings,
      declined: someNames.map((list) => list.map((id) => as<AgentId>(id))),
      lastAgents: someNames.map((list) => list.slice(0, 1).map((id) => as<AgentId>(id))),
    }),
    { maxLength: 12 },
  )
  .map((list) =>
    list
      .sort((a, b) => a.since - b.since)
      .map((change, index) => sessionNamed(`s${String(index)}`, { ...change, enteredAt: change.since })),
  );

/** Whatever a tenant may look like at a moment. */
export const states = fc
  .record({ agents, waiting, policy: policies })
  .map(({ agents, waiting, policy }) => stateOf(agents, waiting, policy));
