import { availabilityOf, loadOf, type AgentWork } from '../directory/agent-work.ts';
import type { Agent } from '../directory/tenant.ts';
import type { RoutedAgent } from './eligibility.ts';
import { handledBy } from './handles.ts';

/** An agent as routing sees them, with what they have in hand. */
export function routedAgent(agent: Agent, work: AgentWork): RoutedAgent {
  return {
    id: agent.id,
    availability: availabilityOf(work),
    capacity: agent.capacity,
    load: loadOf(work),
    sessions: work.sessions.length,
    skills: agent.skills,
    ...handledBy(agent),
    changedAt: work.changedAt,
    offeredAt: work.offeredAt ?? 0,
  };
}
