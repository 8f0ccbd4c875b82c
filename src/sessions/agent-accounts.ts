import type { AgentId, ConversationId, MatrixUserId } from '../platform/ids.ts';
import { accountsOf } from '../directory/directory.ts';
import type { Agent } from '../directory/tenant.ts';
import type { Draft } from './draft.ts';
import { leaveEndpoint, withoutEndpoint } from './endpoints/endpoint-leg.ts';
import { withoutPart } from './endpoints/endpoint-offers.ts';
import { leaveSession } from './leave-session.ts';
import { dropOffer, setAgentLeg } from './offers.ts';
import { connectedAgents, usersOf, type AgentLeg } from './session.ts';

/*
 * An agent may have several Matrix accounts. In a session they are one agent with one leg; the room has each of them as a member of its own.
 */

/** One of the agent's accounts is in the room now. */
export function accountJoined(draft: Draft, leg: AgentLeg, user: MatrixUserId): void {
  if (leg.users === undefined || leg.joined?.includes(user) === true) return;
  const { joined = [], gone = [] } = leg;
  setAgentLeg(draft, { ...leg, joined: [...joined, user], gone: gone.filter((other) => other !== user) });
}

/**
 * One of the agent's accounts has left the room, or declined to come. The agent goes with the last that was there, or when none will come,
 * unless they are connected outside Matrix; then invitations of the others are worth nothing any more.
 */
export function accountLeft(draft: Draft, leg: AgentLeg, user: MatrixUserId, wasInvited: boolean): void {
  const joined = leg.joined?.filter((other) => other !== user) ?? [];
  const gone = [...new Set([...(leg.gone ?? []), user])];
  const expected = usersOf(leg).filter((other) => !gone.includes(other));
  const [stays = wasInvited ? expected[0] : undefined] = joined;
  if (stays !== undefined || leg.endpoint !== undefined) {
    setAgentLeg(draft, { ...leg, user: leg.user === user ? (stays ?? user) : leg.user, joined, gone });
    return;
  }
  leaveSession(draft, leg);
  for (const other of expected)
    draft.toRoom({ kind: 'remove', user: other, reason: 'You have left the session.' });
}

/** The agent is in the room with one account: their others are invited to it, too. */
export function inviteOthers(draft: Draft, agent: Agent, present: MatrixUserId): void {
  const reason = 'The session is yours.';
  for (const user of accountsOf(agent))
    if (user !== present) draft.toRoom({ kind: 'invite', user, reason }, 'failure');
}

/**
 * Takes accounts, and endpoints outside Matrix by their keys, that are not the agent's any more out of offer, session and room. With the
 * account that was asked, or the last that is there, the agent goes, too: the customer must not go on talking to nobody, or to somebody who
 * left.
 */
export function releaseAccounts(
  draft: Draft,
  isGone: (agent: AgentId, name: MatrixUserId | ConversationId) => boolean,
  reason: string,
): void {
  const remove = (users: readonly MatrixUserId[]): void => {
    for (const user of users) draft.toRoom({ kind: 'remove', user, reason });
  };
  for (const part of draft.session.offer?.endpoints ?? []) {
    const { offer } = draft.session;
    if (offer !== undefined && isGone(offer.agent, part.key)) withoutPart(draft, offer, part);
  }
  const { offer } = draft.session;
  if (offer !== undefined) {
    const gone = usersOf(offer).filter((user) => isGone(offer.agent, user));
    if (gone.includes(offer.user)) {
      dropOffer(draft, offer, 'rescinded');
      remove(usersOf(offer));
    } else if (gone.length > 0) {
      const users = usersOf(offer).filter((user) => !gone.includes(user));
      draft.changeSession({ offer: { ...offer, users } });
      remove(gone);
    }
  }
  for (const each of connectedAgents(draft.session)) {
    const gone = usersOf(each).filter((user) => isGone(each.agent, user));
    const leg = withoutGoneEndpoint(draft, each, isGone);
    if (gone.length === 0 && leg === each) continue;
    const joined = (leg.joined ?? [leg.user]).filter((user) => !gone.includes(user));
    const users = usersOf(leg).filter((user) => !gone.includes(user));
    const [stays = leg.endpoint === undefined ? undefined : users[0]] = joined;
    if (stays === undefined) leaveSession(draft, leg);
    else setAgentLeg(draft, { ...leg, user: gone.includes(leg.user) ? stays : leg.user, users, joined });
    remove(stays === undefined ? usersOf(leg) : gone);
  }
}

/** Nothing more is told there: perhaps it is somebody else's by now. */
function withoutGoneEndpoint(
  draft: Draft,
  leg: AgentLeg,
  isGone: (agent: AgentId, name: ConversationId) => boolean,
): AgentLeg {
  if (leg.endpoint === undefined || !isGone(leg.agent, leg.endpoint.key)) return leg;
  leaveEndpoint(draft, leg);
  const rest = withoutEndpoint(leg);
  setAgentLeg(draft, rest);
  return rest;
}
