import type { RoutingPolicy, SkillLevels } from '../directory/routing-policy.ts';
import type { Need } from './eligibility.ts';
import { reachAfter, type Reach } from './rings.ts';

/** What of a waiting session decides whom it can be given to. */
export interface Asking {
  /** Since when it is in this queue: rings count from here. */
  readonly enteredAt: number;
  readonly network: string;
  readonly weight: number;
  /** Beyond what the queue asks. */
  readonly required: SkillLevels;
  readonly preferred: SkillLevels;
}

/** What a session asks of agents at its present ring. */
export interface Asked {
  readonly need: Need;
  readonly reach: Reach;
  /** Required and preferred, by which agents are compared. */
  readonly skills: SkillLevels;
}

export function askedOf(session: Asking, policy: RoutingPolicy, now: number): Asked {
  const reach = reachAfter(policy, now - session.enteredAt);
  const asked = { ...policy.required, ...session.required };
  const need: Need = {
    network: session.network,
    weight: session.weight,
    required: Object.fromEntries(Object.entries(asked).filter(([skill]) => !reach.dropped.has(skill))),
    evaluation: policy.evaluation,
    members: reach.members,
  };
  return { need, reach, skills: { ...policy.preferred, ...session.preferred, ...need.required } };
}
