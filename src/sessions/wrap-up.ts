import type { AgentId, SessionId } from '../platform/ids.ts';
import { accountsOf } from '../directory/directory.ts';
import type { Draft } from './draft.ts';
import { queueOf } from './queueing.ts';
import type { AgentLeg } from './session.ts';

/** After-session work of an agent who was connected: capacity and room are theirs a while longer. False where the queue gives none. */
export function beginWrapUp(draft: Draft, { agent }: AgentLeg): boolean {
  const { session, state } = draft;
  const { wrapUpMs, weight } = queueOf(draft);
  if (wrapUpMs === 0) return false;
  const until = state.now + wrapUpMs;
  draft.changeWork(agent, (work) => ({
    ...work,
    wrapUps: [...(work.wrapUps ?? []), { session: session.id, conversation: state.id, until, weight }],
  }));
  draft.setTimer({ name: 'wrap-up-over', session: session.id, agent }, until);
  return true;
}

/** The agent is done with a closed session, or its time is over. */
export function endWrapUp(draft: Draft, session: SessionId, agent: AgentId): void {
  const { wrapUps = [] } = draft.workOf(agent);
  const left = wrapUps.filter((wrapUp) => wrapUp.session !== session);
  if (left.length === wrapUps.length) return;
  draft.changeWork(agent, ({ wrapUps: _, ...work }) => ({
    ...work,
    ...(left.length === 0 ? {} : { wrapUps: left }),
    changedAt: draft.state.now,
  }));
  draft.cancelTimer({ name: 'wrap-up-over', session, agent });
  draft.routeAnew();
  const declared = draft.state.tenant.agents.get(agent);
  if (declared === undefined || isEngaged(draft, agent)) return;
  for (const user of accountsOf(declared))
    draft.toRoom({ kind: 'remove', user, reason: 'The session is closed.' });
}

function isEngaged(draft: Draft, agent: AgentId): boolean {
  return (
    draft.openSession?.legs.some(
      (leg) =>
        leg.role === 'agent' &&
        leg.agent === agent &&
        (leg.state === 'connected' || leg.state === 'alerting'),
    ) === true
  );
}
