import type { RoutedAgent } from './eligibility.ts';
import type { AgentOrder, SkillEvaluation, SkillLevels } from '../directory/routing-policy.ts';

export interface OrderRules {
  readonly evaluation: SkillEvaluation;
  readonly order: AgentOrder;
  /** What levels are compared by, with `BEST`. */
  readonly skills: SkillLevels;
}

/** Sorts agents who all can: the first is asked. */
export function compareAgents(rules: OrderRules): (a: RoutedAgent, b: RoutedAgent) => number {
  const names = Object.keys(rules.skills);
  return (a, b) => {
    const better = rules.evaluation === 'BEST' ? averageLevel(b, names) - averageLevel(a, names) : 0;
    if (better !== 0) return better;
    const first = keyOf[rules.order](a) - keyOf[rules.order](b);
    if (first !== 0) return first;
    const idle = a.changedAt - b.changedAt;
    if (idle !== 0) return idle;
    return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
  };
}

/** Smallest first. */
const keyOf: Readonly<Record<AgentOrder, (agent: RoutedAgent) => number>> = {
  'longest-idle': (agent) => agent.changedAt,
  'least-active': (agent) => agent.sessions,
  'most-available': (agent) => agent.load - agent.capacity,
  'round-robin': (agent) => agent.offeredAt,
};

export function averageLevel(agent: RoutedAgent, skills: readonly string[]): number {
  if (skills.length === 0) return 0;
  return skills.reduce((sum, skill) => sum + (agent.skills[skill] ?? 0), 0) / skills.length;
}

export const orderWords: Readonly<Record<AgentOrder, string>> = {
  'longest-idle': 'longest idle',
  'least-active': 'fewest sessions',
  'most-available': 'most capacity free',
  'round-robin': 'next in turn',
};
