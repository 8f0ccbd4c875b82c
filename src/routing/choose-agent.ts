import type { AgentId } from '../platform/ids.ts';
import type { AgentWork } from '../directory/agent-work.ts';

export interface Candidate {
  readonly agent: AgentId;
  readonly capacity: number;
  readonly work: AgentWork;
}

export type Choice =
  { readonly agent: AgentId; readonly why: string } | { readonly agent: undefined; readonly why: string };

/**
 * Which agent is asked next: of those who are available, have a place free and were not asked in this round, the one longest
 * without a change of work; the order of declaration decides between equals.
 */
export function chooseAgent(candidates: readonly Candidate[], asked: readonly AgentId[]): Choice {
  const turnedDown: string[] = [];
  let best: Candidate | undefined;
  for (const candidate of candidates) {
    const reason = obstacle(candidate, asked);
    if (reason !== undefined) turnedDown.push(`${candidate.agent}: ${reason}`);
    else if (best === undefined || candidate.work.changedAt < best.work.changedAt) best = candidate;
  }
  if (best !== undefined) return { agent: best.agent, why: 'longest idle of those free' };
  return { agent: undefined, why: turnedDown.join('; ') || 'the queue has no agents' };
}

function obstacle(candidate: Candidate, asked: readonly AgentId[]): string | undefined {
  if (asked.includes(candidate.agent)) return 'was asked already';
  if (candidate.work.availability !== 'available') return 'not available';
  if (candidate.work.sessions.length >= candidate.capacity) return 'at capacity';
  return undefined;
}
