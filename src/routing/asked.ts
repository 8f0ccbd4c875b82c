import type { Ring, RoutingPolicy, SkillLevels } from '../directory/routing-policy.ts';
import type { Need } from './eligibility.ts';
import type { Sent } from './handles.ts';
import type { Reach } from './rings.ts';

/** What of a waiting session decides whom it can be given to. */
export interface Asking extends Sent {
  /** Since when it is in this queue: rings count from here, in open time of the queue. */
  readonly enteredAt: number;
  readonly weight: number;
  /** Beyond what the queue asks. */
  readonly required: SkillLevels;
  readonly preferred: SkillLevels;
  /** Beside the queue's, by growing `afterMs`. */
  readonly rings?: readonly Ring[];
  /** The same for sessions that have the same. */
  readonly ringsName?: string;
}

/** What a session asks of agents at its present ring. */
export interface Asked {
  readonly need: Need;
  /** Required and preferred, by which agents are compared. */
  readonly skills: SkillLevels;
}

export function askedOf(
  session: Pick<Asking, 'network' | 'media' | 'weight' | 'required' | 'preferred'>,
  policy: RoutingPolicy,
  reach: Reach,
): Asked {
  const asked = { ...policy.required, ...session.required };
  const need: Need = {
    network: session.network,
    ...(session.media === undefined ? {} : { media: session.media }),
    weight: session.weight,
    required: Object.fromEntries(Object.entries(asked).filter(([skill]) => !reach.dropped.has(skill))),
    evaluation: policy.evaluation,
    members: reach.members,
  };
  return { need, skills: { ...policy.preferred, ...session.preferred, ...need.required } };
}
