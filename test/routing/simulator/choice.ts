import type { RoutingPolicy, SkillLevels } from '../../../src/directory/routing-policy.ts';
import type { RoutedAgent } from '../../../src/routing/eligibility.ts';
import type { WaitingSession } from '../../../src/routing/route.ts';

/** What a queue's rules say of one agent and one session, told a second time: nothing of src/routing is asked. */
export function isFitFor(
  agent: RoutedAgent,
  session: WaitingSession,
  policy: RoutingPolicy,
  now: number,
): boolean {
  const rings = [...policy.rings, ...(session.rings ?? [])];
  const begun = rings.filter((ring) => now - session.enteredAt >= ring.afterMs);
  const isMember = policy.members.includes(agent.id) || begun.some(({ agents }) => agents.includes(agent.id));
  if (!isMember || !takes(agent, session)) return false;
  if (policy.evaluation === 'NONE') return true;
  const dropped = begun.flatMap(({ dropSkills }) => dropSkills);
  const asked: SkillLevels = { ...policy.required, ...session.required };
  return Object.entries(asked).every(
    ([skill, level]) => dropped.includes(skill) || (agent.skills[skill] ?? -1) >= level,
  );
}

/** Its network, and all that its customer sent. */
function takes({ networks, media }: RoutedAgent, session: WaitingSession): boolean {
  if (networks !== undefined && !networks.has(session.network)) return false;
  return media === undefined || (session.media ?? []).every((medium) => media.has(medium));
}

export function hasRoomFor(agent: RoutedAgent, { weight }: WaitingSession): boolean {
  return agent.availability === 'available' && agent.load + weight <= agent.capacity;
}

/** Whether they declined it, and are not to be asked again yet. */
export function hasDeclined(agent: RoutedAgent, session: WaitingSession, now: number): boolean {
  const anew = session.askAgainAt !== undefined && session.askAgainAt <= now;
  return !anew && session.declined.includes(agent.id);
}

/** Whether it waits, for some seconds, for who talked to the customer last. */
export function waitsForLastAgent(
  session: WaitingSession,
  policy: RoutingPolicy,
  agents: ReadonlyMap<string, RoutedAgent>,
  now: number,
): boolean {
  if (session.enteredAt + policy.lastAgentMs <= now) return false;
  return session.lastAgents.some((id) => {
    const agent = agents.get(id);
    return agent?.availability === 'available' && takes(agent, session) && !hasDeclined(agent, session, now);
  });
}
