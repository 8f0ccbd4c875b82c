import { defineCollection } from '../store/store.ts';

/**
 * What an agent has in hand, id = agent. Every offer, acceptance and end writes it with the version that was read, so
 * two conversations cannot fill the same place at once.
 */
export interface AgentWork {
  /** Sessions offered or connected. */
  readonly sessions: readonly string[];
  readonly availability: 'available' | 'unavailable';
  /** When work last began or ended; the longest idle agent is asked first. */
  readonly changedAt: number;
}

export const agentWork = defineCollection<AgentWork>('agent-work');

export const freshWork: AgentWork = { sessions: [], availability: 'available', changedAt: 0 };
