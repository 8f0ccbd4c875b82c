import type { AgentWork } from '../../directory/agent-work.ts';
import type { Hours } from '../../routing/hours/hours.ts';

/** What an agent's schedule makes of them now. */
export interface Shift {
  /** Absent: what they are stands. */
  readonly becomes?: 'available' | 'offline';
  /** To be kept with the agent's work. */
  readonly state: NonNullable<AgentWork['shift']>;
  /** When to look again. */
  readonly lookAt: number;
}

/** A calendar may change, and nobody tells. */
const longestMs = 86_400_000;

/**
 * At the beginning of a shift the agent becomes available, at its end offline. What the agent (or somebody over REST) said since then is
 * newer, and stands until the next beginning or end; so does what was said before there was a schedule.
 */
export function nextShift(work: AgentWork | undefined, hours: Hours, now: number): Shift {
  const isOn = hours.isOpen(now);
  const next = isOn ? hours.nextClosing(now) : hours.nextOpening(now);
  const lookAt = Math.min(next ?? Infinity, now + longestMs);
  const before = work?.shift;
  const state = { isOn, ...(next === undefined ? {} : { nextAt: next }) };
  if (before?.isOn === isOn) return { state, lookAt };
  // Where nobody looked at the time, it began or ended when it was to.
  const changedAt = Math.min(before?.nextAt ?? now, now);
  const saidAt = work?.saidAt ?? (before === undefined ? work?.availableSince : undefined);
  const isNewer = saidAt !== undefined && (before === undefined || saidAt > changedAt);
  return { ...(isNewer ? {} : { becomes: isOn ? 'available' : 'offline' }), state, lookAt };
}
