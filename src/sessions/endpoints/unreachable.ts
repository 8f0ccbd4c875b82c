import type { AgentId } from '../../platform/ids.ts';
import { connectedAgents, legAt, usersOf, type AgentLeg } from '../session.ts';
import type { ConversationEvent, EndpointWord } from '../conversation-event.ts';
import type { Draft } from '../draft.ts';
import { leaveSession } from '../leave-session.ts';
import { dropOffer, removeAccounts, setAgentLeg } from '../offers.ts';
import { leaveEndpoint, withoutEndpoint } from './endpoint-leg.ts';
import { withoutPart } from './endpoint-offers.ts';
import { networkTitle } from './to-endpoint.ts';

type EndpointEvent = Extract<ConversationEvent, { type: 'endpoint' }>;
type Undelivered = Extract<EndpointWord, { what: 'undelivered' }>;

/** Something did not get to an agent's endpoint: the room shows it, and nobody waits for who cannot be reached. */
export function onUndelivered(draft: Draft, event: EndpointEvent, word: Undelivered): void {
  if (draft.openSession?.id !== event.session) return;
  if (word.offer !== undefined) onOfferUndelivered(draft, event, word, word.offer);
  else onWordUndelivered(draft, event, word);
}

function onOfferUndelivered(draft: Draft, event: EndpointEvent, word: Undelivered, number: number): void {
  const { offer } = draft.session;
  const isAsked = offer?.endpoints?.some(({ key }) => key === event.part.key) === true;
  if (word.outcome === 'pending' || offer?.number !== number || !isAsked) return;
  draft.toRoom({ kind: 'notice', text: `${who(draft, event)} could not be asked: ${word.reason}.` }, 'never');
  askedNoMore(draft, event);
}

/** The agent is asked elsewhere still; where nowhere, somebody else is asked. */
function askedNoMore(draft: Draft, { part }: EndpointEvent): void {
  const { offer } = draft.session;
  if (offer === undefined) return;
  const { endpoints = [], uninvited = [], ...rest } = withoutPart(draft, offer, part);
  const isAskedNowhere = endpoints.length === 0 && usersOf(rest).every((user) => uninvited.includes(user));
  if (isAskedNowhere && draft.session.offer !== undefined) dropOffer(draft, draft.session.offer, 'rescinded');
}

function onWordUndelivered(draft: Draft, event: EndpointEvent, word: Undelivered): void {
  const leg = legAt(draft.session, event.part.key);
  if (leg === undefined) return;
  const { message, outcome, reason } = word;
  const again = (how: string): string =>
    message === undefined || word.isGone ? '' : ` ${how}, reply to it with !retry.`;
  const texts = {
    pending: `Delayed on its way to ${who(draft, event)}: ${reason}. Switchboard keeps trying.`,
    failed: `Not delivered to ${who(draft, event)}: ${reason}.${again('To send it again')}`,
    unclear: `It is unclear whether this reached ${who(draft, event)}: ${reason}.${again('To send it again (they may see it twice)')}`,
  };
  const text = texts[outcome];
  draft.toRoom({ kind: 'notice', text, ...(message === undefined ? {} : { about: message }) }, 'never');
  if (word.isGone) endpointGone(draft, event, leg, reason);
  else if (outcome === 'pending')
    draft.setTimer(
      { name: 'endpoint-silent', session: draft.session.id, agent: leg.agent },
      draft.state.now + silenceMs,
    );
}

/** A line that comes back within this time costs nobody their session. */
const silenceMs = 120_000;

/** What the customer writes does not get to the agent. Where they are not in the room either, nobody reads it. */
export function onSilence(draft: Draft, agent: AgentId): void {
  const { waitsSince, now } = draft.state;
  const leg = connectedAgents(draft.session).find((connected) => connected.agent === agent);
  if (leg?.endpoint === undefined || waitsSince === undefined || waitsSince > now - silenceMs) return;
  if (isInRoom(leg)) return;
  endpointGone(draft, { agent, part: leg.endpoint }, leg, 'nothing has got through to them for a while');
}

/** The agent took themselves off it, by a word that the network itself understands. */
export function endpointLeft(draft: Draft, event: EndpointEvent, reason: string): void {
  if (draft.openSession?.id !== event.session) return;
  const leg = legAt(draft.session, event.part.key);
  if (leg !== undefined) endpointGone(draft, event, leg, reason);
  else if (draft.session.offer?.endpoints?.some(({ key }) => key === event.part.key) === true)
    askedNoMore(draft, event);
}

/** As if the agent had left with one account: they go with the last that is there. */
function endpointGone(
  draft: Draft,
  event: Pick<EndpointEvent, 'agent' | 'part'>,
  leg: AgentLeg,
  reason: string,
): void {
  const rest = withoutEndpoint(leg);
  const staysInRoom = isInRoom(leg);
  const then = staysInRoom ? 'They have the session here only.' : 'The session goes back to its queue.';
  draft.toRoom(
    { kind: 'notice', text: `${who(draft, event)} cannot be reached any more: ${reason}. ${then}` },
    'never',
  );
  leaveEndpoint(draft, leg);
  setAgentLeg(draft, rest);
  if (staysInRoom) return;
  leaveSession(draft, rest);
  removeAccounts(draft, rest, 'The session went back to its queue: you could not be reached.');
}

function isInRoom({ joined, user }: AgentLeg): boolean {
  return (joined ?? [user]).length > 0;
}

function who(draft: Draft, { agent, part }: Pick<EndpointEvent, 'agent' | 'part'>): string {
  const { tenant } = draft.state;
  return `${tenant.agents.get(agent)?.name ?? agent} by ${networkTitle(tenant, part.line)}`;
}
