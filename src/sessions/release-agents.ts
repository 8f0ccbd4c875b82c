import { dropOffer } from './offers.ts';
import { leaveSession } from './leave-session.ts';
import type { Draft } from './draft.ts';
import { connectedAgents, type AgentLeg, type Offer } from './session.ts';

/**
 * Sessions outlive changes of the configuration: whoever is no longer the tenant's agent (or goes by another user now) is taken out of
 * the open session and its room, so that the customer does not go on talking to nobody, or to somebody who left.
 */
export function releaseGoneAgents(draft: Draft): void {
  if (draft.openSession === undefined) return;
  const { offer } = draft.session;
  if (offer !== undefined && isGone(draft, offer)) {
    dropOffer(draft, offer, 'rescinded');
    draft.toRoom({ kind: 'remove', user: offer.user, reason: 'You are no longer an agent of this tenant.' });
  }
  const gone = connectedAgents(draft.session).filter((leg) => isGone(draft, leg));
  for (const leg of gone) {
    leaveSession(draft, leg);
    draft.toRoom({ kind: 'remove', user: leg.user, reason: 'You are no longer an agent of this tenant.' });
  }
}

function isGone(draft: Draft, { agent, user }: Offer | AgentLeg): boolean {
  return draft.state.tenant.agents.get(agent)?.user !== user;
}
