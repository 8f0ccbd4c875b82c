import type { MessageId } from '../platform/ids.ts';
import { agentOfUser } from '../directory/directory.ts';
import type { Message, Reference } from '../message/message.ts';
import type { RoomInput } from '../matrix/room-input.ts';
import { accountJoined, accountLeft } from './agent-accounts.ts';
import { answerInRoom, countToCustomer, loopToCustomer } from './answers.ts';
import type { Draft } from './draft.ts';
import { acceptOffer, dropOffer, pendingOfferTo } from './offers.ts';
import { tellEndpoints } from './endpoints/relay-to-endpoints.ts';
import { onCommand } from './on-command.ts';
import { quoteOf } from './on-customer.ts';
import { decideRelay, refusalTexts, type RelayFacts, type RelayRefusal } from './relay.ts';
import { agentAnswered } from './promises/promises.ts';
import { connectedAgents, isConnected, usersOf } from './session.ts';
import { tellCustomer } from './tell-customer.ts';

/** Something happened in the conversation's room. */
export function onRoom(draft: Draft, input: RoomInput): void {
  switch (input.kind) {
    case 'message':
      onAgentMessage(draft, input);
      return;
    case 'undecryptable':
      refuseAloud(draft, input);
      return;
    case 'command':
      onCommand(draft, input);
      return;
    case 'membership':
      onMembership(draft, input);
      return;
    case 'upgraded':
      onUpgrade(draft, input);
      return;
    case 'other':
      return;
  }
}

type Said = Extract<RoomInput, { kind: 'message' }>;

function onAgentMessage(draft: Draft, input: Said): void {
  // Whoever is in the room already cannot join again: the first word of the agent who is asked takes the offer.
  const offer = pendingOfferTo(draft, input.sender);
  const { content, edits } = input.message;
  if (offer !== undefined && content !== undefined && edits === undefined)
    acceptOffer(draft, offer, input.sender);

  const decision = decideRelay(input, relayFacts(draft, input));
  if (!decision.relay) {
    // What bystanders do in passing (a reaction) is nobody's message.
    if (decision.tell || agentOfUser(draft.state.tenant, input.sender) !== undefined)
      keepBack(draft, input, decision.because);
    if (decision.because === 'loop') countToCustomer(draft, input.at);
    if (decision.tell) answerInRoom(draft, input.eventId, refusalTexts[decision.because]);
    return;
  }
  if (content !== undefined) countToCustomer(draft, input.at);
  const agent = agentOfUser(draft.state.tenant, input.sender);
  const id = draft.derive<MessageId>('message');
  const message = inOurIds(draft, input.message);
  draft.linkInRoom(input.eventId, id);
  draft.keepMessage(id, {
    conversation: draft.conversationId,
    session: draft.session.id,
    author: { kind: 'agent', user: input.sender },
    message,
    at: input.at,
  });
  const changed = input.message.edits ?? input.message.retracts;
  const target = changed === undefined ? undefined : draft.state.referred.get(changed.id);
  const speaker = { name: agent?.name ?? draft.state.tenant.name, kind: 'agent' as const };
  tellCustomer(draft, id, message, speaker, target);
  tellEndpoints(draft, id, message, { name: speaker.name, by: 'agent' });
  if (content !== undefined && edits === undefined) agentAnswered(draft);
}

function refuseAloud(draft: Draft, input: Extract<RoomInput, { kind: 'undecryptable' }>): void {
  keepBack(draft, input, 'undecryptable');
  answerInRoom(draft, input.eventId, refusalTexts.undecryptable);
}

function keepBack(
  draft: Draft,
  { eventId, sender, at }: Pick<Said, 'eventId' | 'sender' | 'at'>,
  because: RelayRefusal,
): void {
  draft.keepBack({ nativeId: eventId, user: sender, at, because });
}

function relayFacts(draft: Draft, input: Said): RelayFacts {
  const { state, openSession } = draft;
  const agent = agentOfUser(state.tenant, input.sender);
  return {
    session: openSession === undefined || openSession.state === 'closed' ? 'none' : openSession.state,
    isAgent: agent !== undefined,
    isConnected: openSession !== undefined && isConnected(openSession, agent),
    optedOut: draft.address.consent?.state === 'optedOut',
    lineIsGone: state.lineIsGone,
    loop: loopToCustomer(draft, input.at),
    ageMs: state.acceptedAt - input.at,
    maxAgeMs: state.tenant.relayMaxAgeMs,
    target: targetOf(draft, input),
    thread: input.thread === undefined ? 'none' : state.referred.has(input.thread) ? 'shared' : 'internal',
  };
}

function targetOf(draft: Draft, { message, sender }: Said): RelayFacts['target'] {
  const reference = message.edits ?? message.retracts ?? message.reactsTo;
  if (reference === undefined) return 'none';
  const author = draft.state.referred.get(reference.id)?.record.author;
  if (author === undefined) return 'unknown';
  if (author.kind !== 'agent') return author.kind;
  return author.user === sender && author.endpoint === undefined ? 'own' : 'other-agent';
}

/** Event ids, or those of an endpoint's network, become our message ids; taking back one's reaction becomes the removal of that reaction. */
export function inOurIds(draft: Draft, message: Message): Message {
  const ours = (reference: Reference): Reference | undefined => {
    const target = draft.state.referred.get(reference.id);
    return target === undefined ? undefined : quoteOf(draft, target);
  };
  const { content, replyTo, edits, retracts, reactsTo } = message;
  if (retracts !== undefined) {
    const target = draft.state.referred.get(retracts.id);
    const reaction = target?.record.message.reactsTo;
    if (reaction !== undefined) return { reactsTo: { ...reaction, removed: true } };
    return { retracts: ours(retracts) ?? retracts };
  }
  if (reactsTo !== undefined) return { reactsTo: { ...reactsTo, ...ours(reactsTo) } };
  const replied = replyTo === undefined ? undefined : ours(replyTo);
  const edited = edits === undefined ? undefined : ours(edits);
  return {
    ...(content === undefined ? {} : { content }),
    ...(replied === undefined ? {} : { replyTo: replied }),
    ...(edited === undefined ? {} : { edits: edited }),
  };
}

function onMembership(draft: Draft, input: Extract<RoomInput, { kind: 'membership' }>): void {
  if (draft.openSession === undefined) return;
  const offer = pendingOfferTo(draft, input.user);
  const leg = connectedAgents(draft.session).find((connected) => usersOf(connected).includes(input.user));
  if (input.membership === 'join') {
    // A changed name or picture of somebody who is in the room looks like joining, too.
    if (offer !== undefined && input.before !== 'join') acceptOffer(draft, offer, input.user);
    else if (leg !== undefined) accountJoined(draft, leg, input.user);
    return;
  }
  if (input.membership !== 'leave' && input.membership !== 'ban') return;
  if (offer !== undefined) dropOffer(draft, offer, 'rejected', input.user);
  else if (leg !== undefined) accountLeft(draft, leg, input.user, input.before === 'invite');
}

function onUpgrade(draft: Draft, input: Extract<RoomInput, { kind: 'upgraded' }>): void {
  const { roomId, tenant } = draft.state;
  if (roomId === undefined) return;
  // Whoever made the new room owns it, and could read what is said there: it must be somebody of the tenant's.
  if (agentOfUser(tenant, input.sender)?.supervisor !== true) {
    const text = `The conversation stays in this room: ${input.sender}, who replaced it, is not a supervisor of this tenant.`;
    draft.toRoom({ kind: 'notice', text }, 'never');
    return;
  }
  draft.toRoom({ kind: 'follow', from: roomId, to: input.replacement });
}
