import type { AgentId, ConversationId, MatrixUserId } from '../platform/ids.ts';
import { withoutSession, withSession } from '../directory/agent-work.ts';
import { accountsOf, agentOf, agentOfUser } from '../directory/directory.ts';
import type { Agent } from '../directory/tenant.ts';
import { putOffer, type OfferRecord, type OfferState } from '../queues/offer-record.ts';
import { offerGraceMs } from '../queues/queue-entry.ts';
import { offerReason, showOffer, showOfferEnd } from './desk/offer-card.ts';
import type { Draft } from './draft.ts';
import { connectEndpoint, leaveEndpoint } from './endpoints/endpoint-leg.ts';
import { askAtEndpoints, endAtEndpoints, freeParts } from './endpoints/endpoint-offers.ts';
import { countAnswered, countMissed } from './missed-offers.ts';
import { handOver } from './programme/keep-programme.ts';
import { knownOfCustomer } from './programme/known-of-customer.ts';
import { backToQueue, keepEstimate, leaveQueue, queueOf } from './queueing.ts';
import { say, pinnedAddress } from './tell-customer.ts';
import { tenantTexts } from './tenant-texts.ts';
import {
  connectedAgents,
  usersOf,
  type AgentLeg,
  type EndpointPart,
  type Leg,
  type Offer,
} from './session.ts';

/**
 * Asks an agent to take the session: by inviting to the room, with all of their accounts, or at the agent's desk where the tenant wants
 * that. Routing has taken the agent's capacity already.
 */
export function makeOffer(draft: Draft, agentId: AgentId, why: string): void {
  const { state } = draft;
  const agent = agentOf(state.tenant, agentId);
  const number = draft.session.offersMade + 1;
  const forMs = queueOf(draft).offerMs;
  const deadline = state.now + forMs;
  const atDesk = state.tenant.availability.offersAtDesk;
  const endpoints = freeParts(draft, agent);
  const offer: Offer = {
    number,
    agent: agentId,
    ...ofAccounts(agent),
    ...(endpoints.length === 0 ? {} : { endpoints }),
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
    ...ofAccounts(agent),
    state: 'alerting',
    since: state.now,
  });
  if (atDesk) showOffer(draft, offer);
  else
    for (const user of accountsOf(agent))
      draft.toRoom({ kind: 'invite', user, reason: offerReason(draft) }, 'always');
  askAtEndpoints(draft, offer);
  draft.write(putOffer(offerRecord(draft, offer, 'pending')));
  setDeadline(draft, offer);
}

/** Told apart only where there are several, or endpoints outside Matrix beside. */
function ofAccounts(agent: Agent): Pick<AgentLeg, 'user' | 'users'> {
  const users = accountsOf(agent);
  const isOne = users.length === 1 && agent.addresses === undefined;
  return { user: agent.user, ...(isOne ? {} : { users }) };
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

/**
 * The agent of the pending offer takes the session, from the room by one of their accounts, at the desk, or `at` an endpoint outside Matrix.
 * Whoever comes first wins: the commit refuses a session that moved on.
 */
export function acceptOffer(draft: Draft, offer: Offer, by?: MatrixUserId, at?: EndpointPart): void {
  endOffer(draft, offer, 'accepted', at?.key);
  countAnswered(draft, offer.agent);
  if (draft.state.tenant.availability.offersAtDesk) {
    const reason = 'The session is yours.';
    for (const user of usersOf(offer)) draft.toRoom({ kind: 'invite', user, reason }, 'failure');
  }
  connectAgent(draft, offer.agent, offer.why, by, at);
}

/**
 * From now on the agent answers, nobody else is asked, and the service says nothing more. `by`: the account that is in the room for sure; `at`:
 * where they took it outside Matrix.
 */
export function connectAgent(
  draft: Draft,
  id: AgentId,
  why: string | undefined,
  by?: MatrixUserId,
  at?: EndpointPart,
): void {
  const { state } = draft;
  const agent = agentOf(state.tenant, id);
  keepEstimate(draft);
  // The queue may have given it to another, whom the news has not reached.
  const promised = draft.queueEntry?.agent;
  leaveQueue(draft);
  if (promised !== undefined && promised !== id) layDown(draft, promised);
  handOver(draft);
  if (draft.session.acceptedAt === undefined)
    draft.changeSession({ acceptedAt: state.now, waitedUntilAcceptedMs: draft.session.waitedMs ?? 0 });
  draft.changeSession({
    state: 'active',
    ...(why === undefined ? {} : { why }),
  });
  takeUp(draft, id);
  draft.conversation = { ...draft.conversation, lastAgent: { agent: id, at: state.now } };
  const accounts = ofAccounts(agent);
  setAgentLeg(draft, {
    role: 'agent',
    agent: id,
    ...accounts,
    ...(by === undefined ? {} : { user: by }),
    ...joinedWith(accounts, by, at),
    ...(at === undefined ? {} : { endpoint: at }),
    state: 'connected',
    since: state.now,
  });
  if (at !== undefined) connectEndpoint(draft, id, at);
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

/** Of several accounts: those of which it is known that they are there. Who took it outside Matrix is there with none. */
function joinedWith(
  { users }: Pick<AgentLeg, 'users'>,
  by: MatrixUserId | undefined,
  at: EndpointPart | undefined,
): Pick<AgentLeg, 'joined'> {
  if (at !== undefined) return { joined: [] };
  return by === undefined || users === undefined ? {} : { joined: [by] };
}

/**
 * The offer came to nothing; the session waits on, and the agent is not asked again in this round. `by`: the account that declined, or the
 * key of the endpoint; the invitations of the others go with it.
 */
export function dropOffer(
  draft: Draft,
  offer: Offer,
  end: Extract<OfferState, 'rejected' | 'timeout' | 'rescinded'>,
  by: MatrixUserId | ConversationId = offer.user,
): void {
  endOffer(draft, offer, end, by);
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
  if (end === 'rejected') {
    countAnswered(draft, offer.agent);
    if (!draft.state.tenant.availability.offersAtDesk) removeAccounts(draft, offer, 'You passed it on.', by);
  }
  if (end === 'timeout') removeAccounts(draft, offer, countMissed(draft, offer.agent));
}

/** The queue keeps the offer's time itself, took it back, and may have given it to others: what session and room still have of it goes. */
export function forgetOverdue(draft: Draft, offer: Offer): boolean {
  if (offer.deadline + offerGraceMs > draft.state.now) return false;
  endOffer(draft, offer, 'timeout');
  const { agent, user } = offer;
  setAgentLeg(draft, { role: 'agent', agent, user, state: 'ended', since: draft.state.now });
  draft.changeSession({ state: 'waiting' });
  removeAccounts(draft, offer, 'The offer has run out.');
  return true;
}

/** All accounts of the agent, but for one, are in the room no longer. */
export function removeAccounts(draft: Draft, of: Offer | AgentLeg, reason: string, except?: string): void {
  for (const user of usersOf(of)) if (user !== except) draft.toRoom({ kind: 'remove', user, reason });
}

/** Whatever became of it: it stands no longer. `by`: where the agent answered. */
export function endOffer(
  draft: Draft,
  offer: Offer,
  end: Exclude<OfferState, 'pending'>,
  by?: MatrixUserId | ConversationId,
): void {
  endAtEndpoints(draft, offer, end, by);
  draft.write(putOffer(offerRecord(draft, offer, end)));
  if (draft.state.tenant.availability.offersAtDesk) showOfferEnd(draft, offer, end);
  const { offer: _, ...rest } = draft.session;
  draft.beginSession(rest);
  draft.cancelTimer({ name: 'offer-deadline' });
}

/** A connected agent is gone. `told`: what they read of it outside Matrix. */
export function endAgentLeg(draft: Draft, leg: AgentLeg, told?: string): void {
  leaveEndpoint(draft, leg, told);
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
  const isSame = (other: Leg): boolean => other.role === 'agent' && other.agent === leg.agent;
  draft.changeSession({ legs: [...draft.session.legs.filter((other) => !isSame(other)), leg] });
}

/** Whichever of the agent's accounts this is. None where the account that was asked is theirs no longer. */
export function pendingOfferTo(draft: Draft, user: MatrixUserId): Offer | undefined {
  const offer = draft.openSession?.offer;
  if (offer === undefined) return undefined;
  const agent = agentOfUser(draft.state.tenant, user);
  return agent?.id === offer.agent && accountsOf(agent).includes(offer.user) ? offer : undefined;
}
