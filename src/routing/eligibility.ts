import type { AgentId } from '../platform/ids.ts';
import { availabilityWords, type Availability } from '../directory/agent-work.ts';
import { notHandled, type Handled, type Sent } from './handles.ts';
import type { SkillEvaluation, SkillLevels } from '../directory/routing-policy.ts';
import type { Members } from './rings.ts';

/** An agent as routing sees them: what they can, and what they have in hand. */
export interface RoutedAgent extends Handled {
  readonly id: AgentId;
  readonly availability: Availability;
  /** Units of work at once; each session takes its weight. */
  readonly capacity: number;
  /** Units taken: sessions connected and offered, and those being wrapped up. */
  readonly load: number;
  readonly sessions: number;
  readonly skills: SkillLevels;
  /** When work last began or ended. */
  readonly changedAt: number;
  /** When a session was last offered. */
  readonly offeredAt: number;
}

/** What a session asks of an agent, at its present ring. */
export interface Need extends Sent {
  readonly weight: number;
  readonly required: SkillLevels;
  readonly evaluation: SkillEvaluation;
  readonly members: Pick<Members, 'has'>;
}

/** Why an agent cannot be asked now, in words for agents and operators; undefined where they can. */
export function obstacle(agent: RoutedAgent, need: Need): string | undefined {
  if (!need.members.has(agent.id)) return 'not among those whom the queue asks yet';
  return unfit(agent, need) ?? unfree(agent, need.weight);
}

/** Why this agent is not one for this session, whatever they do at the moment. */
function unfit(agent: RoutedAgent, need: Need): string | undefined {
  const beyond = notHandled(agent, need);
  if (beyond !== undefined) return `does not handle ${beyond}`;
  if (need.evaluation === 'NONE') return undefined;
  for (const [skill, level] of Object.entries(need.required)) {
    const has = agent.skills[skill];
    if (has === undefined) return `lacks the skill ${skill}`;
    if (has < level) return `${skill} ${String(has)} of ${String(level)} needed`;
  }
  return undefined;
}

function unfree(agent: RoutedAgent, weight: number): string | undefined {
  if (agent.availability !== 'available') return availabilityWords[agent.availability];
  if (agent.load + weight > agent.capacity)
    return `at capacity (${String(agent.load)} of ${String(agent.capacity)})`;
  return undefined;
}
