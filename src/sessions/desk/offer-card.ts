import { derivedId } from '../../platform/derived-id.ts';
import type { MessageId, SessionId } from '../../platform/ids.ts';
import type { Message } from '../../message/message.ts';
import type { OfferState } from '../../queues/offer-record.ts';
import { excerpt } from '../../message/excerpt.ts';
import type { Draft } from '../draft.ts';
import { knownOfCustomer } from '../programme/known-of-customer.ts';
import type { Offer, SessionRecord } from '../session.ts';

/** An offer has one name everywhere: what the agent reacts to at the desk leads back to it. */
export function offerMessage(session: SessionId, number: number): MessageId {
  return derivedId<MessageId>('offer', session, number);
}

/** Of what is known of the customer, so much stands on the card. */
const longestKnown = 300;

/** What an invitation says of the session. */
export function offerReason(draft: Draft): string {
  return `${offerSummary(draft)}. Join to take it, decline to pass it on.`;
}

/** Shows the offer at the agent's desk. */
export function showOffer(draft: Draft, offer: Offer): void {
  const text = `${offerSummary(draft)}. Accept with ✅ or !accept, decline with ❌ or !decline, within ${String(Math.round(offer.forMs / 1000))} s.`;
  say(draft, offer, { content: { kind: 'text', text } });
}

const endWords: Readonly<Record<Exclude<OfferState, 'pending'>, string>> = {
  accepted: 'It is yours: you are invited to its room.',
  rejected: 'You passed it on.',
  timeout: 'It has run out.',
  cancelled: 'The session is over.',
  rescinded: 'It is no longer offered.',
};

/** The card says what became of it, so that nobody reacts to what is over. */
export function showOfferEnd(draft: Draft, offer: Offer, end: Exclude<OfferState, 'pending'>): void {
  const text = `${offerSummary(draft)}. ${endWords[end]}`;
  const id = offerMessage(draft.session.id, offer.number);
  say(draft, offer, { content: { kind: 'text', text }, edits: { id } }, end);
}

/** On which network, for which queue, how long the customer waits, and what they send. */
export function offerSummary(draft: Draft): string {
  const { state, session } = draft;
  const since = draft.queueEntry?.since ?? session.openedAt;
  const waited = Math.round((state.now - since) / 1000);
  const queue = state.tenant.queues.get(session.queue)?.name;
  const known = knownOfCustomer(session);
  const about = known.length === 0 ? '' : ` (${excerpt(known.join(', '), longestKnown)})`;
  return `${state.networkTitle} session for ${state.tenant.name}${queue === undefined ? '' : ` (${queue})`}, waiting ${String(waited)} s${beyondText(session)}${about}`;
}

/** What else than text the customer sends. */
function beyondText({ media = [] }: SessionRecord): string {
  const beyond = media.filter((medium) => medium !== 'text');
  return beyond.length === 0 ? '' : `, with ${beyond.join(', ')}`;
}

function say(draft: Draft, offer: Offer, message: Message, end = ''): void {
  const offered = offerMessage(draft.session.id, offer.number);
  const messageId = end === '' ? offered : derivedId<MessageId>('offer', offered, end);
  const at = draft.state.now;
  // The agent's time begins when the offer stands there: the desk tells.
  const tell = end === '' ? 'always' : 'never';
  draft.toDesk(offer.agent, { kind: 'message', as: 'bot', messageId, message, at }, tell);
}
