import type { Queue } from '../directory/tenant.ts';
import { obstacle, type Need, type RoutedAgent } from './eligibility.ts';
import { reachAfter } from './rings.ts';

/** How many agents the queue has; each figure is a part of the one before. */
export interface AgentsOfQueue {
  /** Whom it asks, from the start or from some ring on, and who have the skills that it asks for at last. */
  readonly eligible: number;
  /** Of those, who are `available`, whatever they have in hand. */
  readonly available: number;
  /** Of those, who have capacity for an ordinary session of the queue. */
  readonly free: number;
}

export function countAgents({ policy, weight }: Queue, agents: readonly RoutedAgent[]): AgentsOfQueue {
  const { members, dropped } = reachAfter(policy, Infinity);
  const need: Need = {
    network: '',
    weight,
    required: Object.fromEntries(Object.entries(policy.required).filter(([skill]) => !dropped.has(skill))),
    evaluation: policy.evaluation,
    members,
  };
  // Whether networks and media are those that an agent handles depends on the session.
  const ofAnySession = agents.map(({ networks: _, media: __, ...agent }) => agent);
  const eligible = ofAnySession.filter(
    (agent) => obstacle({ ...agent, availability: 'available', load: 0 }, need) === undefined,
  );
  return {
    eligible: eligible.length,
    available: eligible.filter(({ availability }) => availability === 'available').length,
    free: eligible.filter((agent) => obstacle(agent, need) === undefined).length,
  };
}
