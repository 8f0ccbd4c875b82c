import type { AgentId } from '../platform/ids.ts';
import type { Draft } from './draft.ts';
import { dropOffer, layDown, removeAccounts } from './offers.ts';
import { backToQueue } from './queueing.ts';

/** What is offered to the agent goes to others, also where the offer is still on its way to the session. `reason`: what the agent reads. */
export function rescind(draft: Draft, agent: AgentId, reason: string): void {
  const { offer } = draft.session;
  if (offer === undefined && draft.queueEntry?.agent === agent) {
    backToQueue(draft, agent);
    layDown(draft, agent);
    return;
  }
  if (offer?.agent !== agent) return;
  dropOffer(draft, offer, 'rescinded');
  removeAccounts(draft, offer, reason);
}
