import type { AgentId } from '../platform/ids.ts';
import type { AgentWork } from '../directory/agent-work.ts';
import type { Draft } from './draft.ts';

/** Whoever answers is there. */
export function countAnswered(draft: Draft, agent: AgentId): void {
  draft.changeWork(agent, ({ missed: _, ...work }: AgentWork) => work);
}

/** Whoever misses one offer after the other is not there, whatever they said. Gives what the agent is told. */
export function countMissed(draft: Draft, agent: AgentId): string {
  const { awayAfterMissed } = draft.state.tenant.availability;
  const times = (draft.workOf(agent).missed ?? 0) + 1;
  const isAway = awayAfterMissed > 0 && times >= awayAfterMissed;
  draft.changeWork(agent, ({ missed: _, ...work }) => ({
    ...work,
    ...(isAway ? { availability: 'away', availableSince: draft.state.now } : { missed: times }),
  }));
  if (!isAway) return 'The offer has run out.';
  const data = { agent, availability: 'away', by: 'missed offers' };
  draft.happened({ type: 'agent.availability', data });
  const text = `You are away: ${String(times)} offers in a row ran out. You get none until you write !available.`;
  draft.toDesk(agent, { kind: 'notice', text });
  draft.callToDesk(agent);
  return `The offer has run out. ${text}`;
}
