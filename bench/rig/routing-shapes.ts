import type { RoutingPolicy } from '../../src/directory/routing-policy.ts';
import { as, type AgentId, type QueueId, type SessionId } from '../../src/platform/ids.ts';
import type { RoutedAgent } from '../../src/routing/eligibility.ts';
import type { RoutingState, WaitingSession } from '../../src/routing/route.ts';

const agentCount = 1000;
const waitingCount = 5000;
const now = 10_000_000;
const queues = ['support', 'sales'].map((id) => as<QueueId>(id));

export interface RoutingShape {
  readonly name: string;
  readonly state: RoutingState;
}

/** What a decision may have to look at: from nobody free to everybody, from all alike to each of its own. */
export function routingShapes(): RoutingShape[] {
  const busy = { load: 3 };
  return [
    { name: 'all busy', state: stateOf(() => busy) },
    { name: 'one free', state: stateOf((index) => (index === 700 ? {} : busy)) },
    {
      name: 'one free, whom nobody may have',
      state: stateOf((index) => (index === 700 ? { skills: {} } : busy)),
    },
    { name: 'all free', state: stateOf(() => ({})) },
    { name: 'all free, best skills', state: stateOf(() => ({}), {}, { evaluation: 'BEST' }) },
    { name: 'all busy, each with skills of its own', state: stateOf(() => busy, ownSkills) },
    {
      name: 'one free, each with skills of its own',
      state: stateOf((index) => (index === 700 ? {} : busy), ownSkills),
    },
    { name: 'all free, each with skills of its own', state: stateOf(() => ({}), ownSkills) },
    {
      name: 'all free, each with skills of its own that nobody has',
      state: stateOf(
        () => ({}),
        (index) => ({ required: { [`skill-${String(index)}`]: 1 } }),
      ),
    },
    { name: 'one free, 50 rings', state: stateOf((index) => (index === 700 ? {} : busy), {}, manyRings()) },
    { name: 'all free, 50 rings', state: stateOf(() => ({}), {}, manyRings()) },
    {
      name: 'all free, all declined by 100',
      state: stateOf(() => ({}), { declined: idsOf(0, 100), askAgainAt: now + 1000 }),
    },
    {
      name: 'all busy, each waits for its last agent',
      state: stateOf(
        () => busy,
        (index) => ({ enteredAt: now - 1000, lastAgents: idsOf(index % agentCount, 1) }),
        {
          lastAgentMs: 20_000,
        },
      ),
    },
  ];
}

function ownSkills(index: number): Partial<WaitingSession> {
  return {
    required: { english: 1 + (index % 3) },
    preferred: { [`topic-${String(index)}`]: 1 + (index % 5) },
  };
}

function manyRings(): Partial<RoutingPolicy> {
  const rings = Array.from({ length: 50 }, (_, ring) => ({
    afterMs: (ring + 1) * 90_000,
    agents: idsOf(500 + ring * 10, 10),
    dropSkills: [],
  }));
  return { members: idsOf(0, 500), rings };
}

function stateOf(
  agent: (index: number) => Partial<RoutedAgent>,
  session: Partial<WaitingSession> | ((index: number) => Partial<WaitingSession>) = {},
  policy: Partial<RoutingPolicy> = {},
): RoutingState {
  const ids = idsOf(0, agentCount);
  const rules: RoutingPolicy = {
    members: ids,
    evaluation: 'ALL',
    order: 'longest-idle',
    required: { english: 1 },
    preferred: {},
    rings: [],
    manual: false,
    lastAgentMs: 0,
    retryMs: 30_000,
    ...policy,
  };
  return {
    now,
    limit: 50,
    policies: new Map(queues.map((id) => [id, rules])),
    agents: ids.map((id, index) => ({
      id,
      availability: 'available',
      capacity: 3,
      load: 0,
      sessions: 0,
      skills: { english: 1 + (index % 5), french: index % 6 },
      changedAt: (index * 7919) % 1_000_000,
      offeredAt: 0,
      ...agent(index),
    })),
    waiting: Array.from({ length: waitingCount }, (_, index): WaitingSession => {
      const since = now - (waitingCount - index) * 1000;
      return {
        session: as<SessionId>(`session-${String(index)}`),
        queue: queues[index % queues.length] ?? as<QueueId>('support'),
        since,
        enteredAt: since,
        network: 'sms',
        weight: 1,
        required: {},
        preferred: {},
        lastAgents: [],
        declined: [],
        ...(typeof session === 'function' ? session(index) : session),
      };
    }),
  };
}

function idsOf(from: number, count: number): AgentId[] {
  return Array.from({ length: count }, (_, index) => as<AgentId>(`agent-${String(from + index)}`));
}
