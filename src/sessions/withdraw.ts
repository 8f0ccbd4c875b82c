import type { Draft } from './draft.ts';
import { endOffer, layDown, removeAccounts, setAgentLeg } from './offers.ts';
import { leaveQueue } from './queueing.ts';

/** Takes a waiting session out of its queue, back into the hands of its service; whoever was asked is asked no longer. */
export function withdraw(draft: Draft): void {
  const { offer } = draft.session;
  // Routing may have given it to an agent whom the news has not reached.
  const promised = draft.queueEntry?.agent;
  if (offer !== undefined) {
    endOffer(draft, offer, 'rescinded');
    const { agent, user } = offer;
    setAgentLeg(draft, { role: 'agent', agent, user, state: 'ended', since: draft.state.now });
    removeAccounts(draft, offer, 'The customer no longer waits here.');
    layDown(draft, agent);
  }
  leaveQueue(draft);
  if (promised !== undefined && promised !== offer?.agent) layDown(draft, promised);
  draft.changeSession({ state: 'talking' });
}
