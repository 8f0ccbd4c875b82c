import type { AgentId } from '../platform/ids.ts';
import { handledBy, notHandled } from '../routing/handles.ts';
import { releaseAccounts } from './agent-accounts.ts';
import type { QueueNews } from './conversation-event.ts';
import type { Draft } from './draft.ts';
import { addressIsAgents } from './endpoints/no-customer.ts';
import { endSession } from './end-session.ts';
import { dequeue, onPlace } from './programme/dequeue.ts';
import { tellQueueAction } from './programme/queue-action.ts';
import { leaveSession } from './leave-session.ts';
import {
  acceptOffer,
  dropOffer,
  forgetOverdue,
  layDown,
  makeOffer,
  removeAccounts,
  restartDeadline,
} from './offers.ts';
import { tellOutOfHours } from './out-of-hours.ts';
import { backToQueue, isInGoneQueue, moveFromGoneQueue, moveToOverflow, queueOf } from './queueing.ts';
import { rescind } from './rescind.ts';
import { tellUnanswered } from './run-service.ts';
import { connectedAgents } from './session.ts';

/** Routing has decided something about the session; what became of the session meanwhile goes first. */
export function onQueueNews(draft: Draft, news: QueueNews): void {
  if (draft.openSession?.id !== news.session) return;
  switch (news.what) {
    case 'offer':
      onOffer(draft, news.agent, news.why);
      return;
    case 'unanswered':
      if (draft.session.state === 'waiting') tellUnanswered(draft);
      return;
    case 'answer':
      onAnswer(draft, news.offer, news.accepts);
      return;
    case 'card':
      onCard(draft, news.offer, news.isShown);
      return;
    case 'overflow':
      moveToOverflow(draft, news);
      return;
    case 'out-of-hours':
      if (draft.session.state === 'waiting') tellOutOfHours(draft, queueOf(draft));
      return;
    case 'queue-gone':
      if (isInGoneQueue(draft)) tellQueueAction(draft, 'system-error');
      moveFromGoneQueue(draft);
      return;
    case 'endpoint':
      // Perhaps before this replica has heard of it.
      endSession(draft, addressIsAgents, { tellCustomer: false, tellLine: false });
      return;
    case 'line-gone':
      // Perhaps before this replica has heard of it.
      endSession(draft, 'an operator, who removed the line', { tellCustomer: false, tellLine: false });
      return;
    case 'offer-over':
      onOfferOver(draft, news.agent);
      return;
    case 'rescind':
      rescind(draft, news.agent, 'You take no sessions at the moment.');
      return;
    case 'agent-gone':
      onAgentGone(draft, news.agent);
      return;
    case 'accounts-gone':
      // Perhaps before this replica has heard of it.
      releaseAccounts(
        draft,
        (agent, name) =>
          agent === news.agent && [...news.users, ...(news.endpoints ?? [])].some((gone) => gone === name),
        'This account is no longer an agent of this tenant.',
      );
      return;
    case 'place':
      onPlace(draft, news.place);
      return;
    case 'dequeue':
      dequeue(draft, news.queue, news.instructions);
      return;
  }
}

function onOffer(draft: Draft, agent: AgentId, why: string): void {
  // Whoever takes an entry away from its agent lays the agent's work down.
  if (draft.queueEntry?.agent !== agent) return;
  const { offer } = draft.session;
  if (offer !== undefined && !forgetOverdue(draft, offer)) return;
  const declared = draft.state.tenant.agents.get(agent);
  // The customer may have sent something else since it was given to them.
  if (declared !== undefined && notHandled(handledBy(declared), draft.queueEntry) === undefined)
    makeOffer(draft, agent, why);
  else {
    backToQueue(draft, agent);
    layDown(draft, agent);
  }
}

/** The room tells why nobody came for so long. */
function onOfferOver(draft: Draft, agent: AgentId): void {
  const { offer, state } = draft.session;
  if (offer?.agent === agent) forgetOverdue(draft, offer);
  if (offer !== undefined || state !== 'waiting') return;
  const name = draft.state.tenant.agents.get(agent)?.name ?? agent;
  const text = `${name} was to be asked, which could not be handled: the session waits for another agent. An operator finds the reason in the quarantine.`;
  draft.toRoom({ kind: 'notice', text }, 'never');
}

function onAnswer(draft: Draft, number: number, accepts: boolean): void {
  const { offer } = draft.session;
  if (offer?.number !== number) return;
  if (accepts) acceptOffer(draft, offer);
  else dropOffer(draft, offer, 'rejected');
}

/** The session must not hang on an agent who cannot be asked. */
function onCard(draft: Draft, number: number, isShown: boolean): void {
  const { offer } = draft.session;
  if (offer?.number !== number || offer.reached) return;
  if (isShown) restartDeadline(draft, offer, true);
  else dropOffer(draft, offer, 'rescinded');
}

/** The customer does not wait for somebody who went home: the session goes back to the queue, with the time that it has waited. */
function onAgentGone(draft: Draft, agent: AgentId): void {
  const leg = connectedAgents(draft.session).find((connected) => connected.agent === agent);
  if (leg === undefined) return;
  const text = 'You are offline: the session goes to somebody else.';
  leaveSession(draft, leg, text);
  removeAccounts(draft, leg, text);
}
