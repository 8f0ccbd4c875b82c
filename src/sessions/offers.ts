import type { AgentId, MatrixUserId } from '../platform/ids.ts';
import { withoutSession, withSession } from '../directory/agent-work.ts';
import { agentOf } from '../directory/directory.ts';
import { putOffer, type OfferRecord, type OfferState } from '../queues/offer-record.ts';
import { offerReason, showOffer, showOfferEnd } from './desk/offer-card.ts';
import type { Draft } from './draft.ts';
import { countAnswered, countMissed } from './missed-offers.ts';
import { handOver } from './programme/keep-programme.ts';
import { knownOfCustomer } from './programme/known-of-customer.ts';
import { backToQueue, keepEstimate, leaveQueue, queueOf } from './queueing.ts';
import { say, pinnedAddress } from './tell-customer.ts';
import { tenantTexts } from './tenant-texts.ts';
import { connectedAgents, type AgentLeg, type Leg, type Offer } from './session.ts';

/**
 * Asks an agent to take the session: by inviting to the room, or at the agent's desk where the tenant wants that. Routing has taken the
 * agent's capacity already.
 */
export function makeOffer(draft: Draft, agentId: AgentId, why: string): void {
  const { state } = draft;
  const agent = agentOf(state.tenant, agentId);
  const number = draft.session.offersMade + 1;
  const forMs = queueOf(draft).offerMs;
  const deadline = state.now + forMs;
  const atDesk = state.tenant.availability.offersAtDesk;
  const offer: Offer = {
    number,
    agent: agentId,
    user: agent.user,
    forMs,
    madeAt: state.now,
    deadline,
    reached: false,
    why,
  };
  draft.changeSession({ state: 'offered', offer, offersMade: number });
  setAgentLeg(draft, {
    role: 'agent',
    agent: agentId,
    user: agent.user,
    state: 'alerting',
    since: state.now,
  });
  if (atDesk) showOffer(draft, offer);
  else draft.toRoom({ kind: 'invite', user: agent.user, reason: offerReason(draft) }, 'always');
  draft.write(putOffer(offerRecord(draft, offer, 'pending')));
  setDeadline(draft, offer);
}

function offerRecord(draft: Draft, offer: Offer, state: OfferState): OfferRecord {
  const { number, agent, why = '', madeAt = draft.state.now } = offer;
  const { id: session, queue } = draft.session;
  const ended = state === 'pending' ? {} : { endedAt: draft.state.now };
  return { session, number, queue, agent, state, madeAt, why, ...ended };
}

/**
 * The agent's time begins when the homeserver took the invitation. Were it to run while the homeserver is down, each round would
 * put more invitations and withdrawals behind those that wait, and agents would get them all at once.
 */
export function restartDeadline(draft: Draft, offer: Offer, reached: boolean): void {
  const moved = { ...offer, reached, deadline: draft.state.now + offer.forMs };
  draft.changeSession({ offer: moved });
  setDeadline(draft, moved);
}

function setDeadline(draft: Draft, { number, deadline }: Offer): void {
  draft.setTimer({ name: 'offer-deadline', session: draft.session.id, offer: number }, deadline);
}

/** The agent of the pending offer takes the session. Whoever comes first wins: the commit refuses a session that moved on. */
export function acceptOffer(draft: Draft, offer: Offer): void {
  endOffer(draft, offer, 'accepted');
  countAnswered(draft, offer.agent);
  if (draft.state.tenant.availability.offersAtDesk) {
    const reason = 'The session is yours.';
    draft.toRoom({ kind: 'invite', user: offer.user, reason }, 'failure');
  }
  connectAgent(draft, offer.agent, offer.why);
}

/** From now on the agent answers, nobody else is asked, and the service says nothing more. */
export function connectAgent(draft: Draft, id: AgentId, why: string | undefined): void {
  const { state } = draft;
  const agent = agentOf(state.tenant, id);
  keepEstimate(draft);
  leaveQueue(draft);
  handOver(draft);
  draft.changeSession({
    state: 'active',
    acceptedAt: draft.session.acceptedAt ?? state.now,
    ...(why === undefined ? {} : { why }),
  });
  takeUp(draft, id);
  draft.conversation = { ...draft.conversation, lastAgent: { agent: id, at: state.now } };
  setAgentLeg(draft, { role: 'agent', agent: id, user: agent.user, state: 'connected', since: state.now });
  const known = knownOfCustomer(draft.session);
  if (known.length > 0)
    draft.toRoom({ kind: 'notice', text: ['Known of the customer:', ...known].join('\n') }, 'never');
  const { agentJoined } = tenantTexts(draft);
  if (agentJoined !== undefined) say(draft, agentJoined.replaceAll('{agent}', agent.name), 'agent joined');
  draft.toLine({
    kind: 'session',
    state: 'open',
    agentName: agent.name,
    line: state.line.id,
    address: pinnedAddress(draft),
  });
}

/** The offer came to nothing; the session waits on, and the agent is not asked again in this round. */
export function dropOffer(
  draft: Draft,
  offer: Offer,
  end: Extract<OfferState, 'rejected' | 'timeout' | 'rescinded'>,
): void {
  endOffer(draft, offer, end);
  draft.changeSession({ state: 'waiting' });
  backToQueue(draft, offer.agent);
  setAgentLeg(draft, {
    role: 'agent',
    agent: offer.agent,
    user: offer.user,
    state: end === 'rescinded' ? 'failed' : 'ended',
    since: draft.state.now,
  });
  layDown(draft, offer.agent);
  if (end === 'rejected') countAnswered(draft, offer.agent);
  if (end === 'timeout')
    draft.toRoom({ kind: 'remove', user: offer.user, reason: countMissed(draft, offer.agent) });
}

/** Whatever became of it: it stands no longer. */
export function endOffer(draft: Draft, offer: Offer, end: Exclude<OfferState, 'pending'>): void {
  draft.write(putOffer(offerRecord(draft, offer, end)));
  if (draft.state.tenant.availability.offersAtDesk) showOfferEnd(draft, offer, end);
  const { offer: _, ...rest } = draft.session;
  draft.beginSession(rest);
  draft.cancelTimer({ name: 'offer-deadline' });
}

/** A connected agent is gone. */
export function endAgentLeg(draft: Draft, leg: AgentLeg): void {
  setAgentLeg(draft, { ...leg, state: 'ended', since: draft.state.now });
  layDown(draft, leg.agent);
  const [next] = connectedAgents(draft.session);
  if (next === undefined) draft.changeSession({ state: 'waiting' });
}

/** A session more in hand, unless it is already. */
function takeUp(draft: Draft, agent: AgentId): void {
  const { weight } = queueOf(draft);
  draft.changeWork(agent, (work) => withSession(work, draft.session.id, weight, draft.state.now));
}

/** Somebody has capacity again, and somebody else may wait for it. */
export function layDown(draft: Draft, agent: AgentId): void {
  draft.changeWork(agent, (work) => withoutSession(work, draft.session.id, draft.state.now));
  draft.routeAnew();
}

/** An agent has one leg in a session, whatever its state. */
export function setAgentLeg(draft: Draft, leg: AgentLeg): void {
  const isSame = (other: Leg): boolean => other.role === 'agent' && other.user === leg.user;
  draft.changeSession({ legs: [...draft.session.legs.filter((other) => !isSame(other)), leg] });
}

export function pendingOfferTo(draft: Draft, user: MatrixUserId): Offer | undefined {
  const offer = draft.openSession?.offer;
  return offer?.user === user ? offer : undefined;
}
