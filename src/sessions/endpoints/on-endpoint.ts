import { as, type MatrixEventId, type MessageId } from '../../platform/ids.ts';
import type { Agent } from '../../directory/tenant.ts';
import type { Message } from '../../message/message.ts';
import { countToCustomer, loopToCustomer, mayAnswer } from '../answers.ts';
import type { ConversationEvent, EndpointWord } from '../conversation-event.ts';
import type { Draft } from '../draft.ts';
import { acceptOffer, dropOffer, restartDeadline } from '../offers.ts';
import { answerTo, becauseOf } from '../on-command.ts';
import { inOurIds } from '../on-room.ts';
import { agentAnswered } from '../promises/promises.ts';
import { decideRelay, refusalTexts, type RelayFacts } from '../relay.ts';
import { legAt, type AgentLeg } from '../session.ts';
import { tellCustomer } from '../tell-customer.ts';
import { ghostOf } from './endpoint-leg.ts';
import { tellEndpoints } from './relay-to-endpoints.ts';
import { tellEndpoint } from './to-endpoint.ts';
import { endpointLeft, onUndelivered } from './unreachable.ts';

type EndpointEvent = Extract<ConversationEvent, { type: 'endpoint' }>;
type Said = Extract<EndpointWord, { what: 'message' }>;

const sessionOver = 'Not sent to the customer: that session is not yours any more.';

/** An agent did something at their endpoint outside Matrix, or something became of what went there. */
export function onEndpoint(draft: Draft, event: EndpointEvent): void {
  const { word } = event;
  switch (word.what) {
    case 'message':
      onMessage(draft, event, word);
      return;
    case 'command':
      onCommand(draft, event, word);
      return;
    case 'answer':
      onAnswer(draft, event, word);
      return;
    case 'shown': {
      const offer = offerAt(draft, event, word.offer);
      if (offer?.reached === false) restartDeadline(draft, offer, true);
      return;
    }
    case 'undelivered':
      onUndelivered(draft, event, word);
      return;
    case 'left':
      endpointLeft(draft, event, word.reason);
      return;
  }
}

/** Connected there to the session that the event is about; whatever else is so counts for nothing (design, 5.4). */
function legOf({ openSession }: Draft, { session, part }: EndpointEvent): AgentLeg | undefined {
  return openSession?.id === session ? legAt(openSession, part.key) : undefined;
}

/** The pending offer, if the agent was asked there. */
function offerAt({ openSession }: Draft, { session, part }: EndpointEvent, number: number) {
  const offer = openSession?.id === session ? openSession.offer : undefined;
  if (offer?.number !== number) return undefined;
  return offer.endpoints?.some(({ key }) => key === part.key) === true ? offer : undefined;
}

function answer(draft: Draft, { agent, part, session }: EndpointEvent, text: string): void {
  if (mayAnswer(draft))
    tellEndpoint(draft, part, { agent, session, conversation: draft.conversationId }, text);
}

/** Whoever comes first wins, here or in the room; who comes later is told. */
function onAnswer(draft: Draft, event: EndpointEvent, word: Extract<EndpointWord, { what: 'answer' }>): void {
  const offer = offerAt(draft, event, word.offer);
  if (offer === undefined) {
    if (legOf(draft, event) === undefined) answer(draft, event, 'That offer is over.');
  } else if (word.accepts) acceptOffer(draft, offer, undefined, event.part);
  else {
    dropOffer(draft, offer, 'rejected', event.part.key);
    answer(draft, event, 'Passed on.');
  }
}

function onMessage(draft: Draft, event: EndpointEvent, said: Said): void {
  const { part } = event;
  const leg = legOf(draft, event);
  const agent = draft.state.tenant.agents.get(event.agent);
  const { content, edits, retracts } = said.message;
  const user = agent?.user ?? as('');
  const input = {
    kind: 'message',
    sender: user,
    eventId: as<MatrixEventId>(said.id),
    at: said.at,
    message: said.message,
  } as const;
  const decision = decideRelay(input, relayFacts(draft, event, leg, agent, said));
  if (!decision.relay || agent === undefined || leg === undefined) {
    const because = decision.relay ? 'not-an-agent' : decision.because;
    draft.keepBack({ nativeId: said.id, user, at: said.at, because });
    if (because === 'loop') countToCustomer(draft, said.at);
    if (!decision.relay && decision.tell)
      answer(draft, event, because === 'no-session' ? sessionOver : refusalTexts[because]);
    return;
  }
  if (content !== undefined) countToCustomer(draft, said.at);
  const id = draft.derive<MessageId>('message');
  const message = inOurIds(draft, said.message);
  draft.linkAtEndpoint(part, said.id, id);
  draft.keepMessage(id, {
    conversation: draft.conversationId,
    session: draft.session.id,
    author: { kind: 'agent', user, endpoint: part.key },
    message,
    at: said.at,
  });
  draft.toRoom({
    kind: 'message',
    as: ghostOf(draft, agent.id, part),
    messageId: id,
    message,
    at: said.at,
  });
  const changed = edits ?? retracts;
  const target = changed === undefined ? undefined : draft.state.referred.get(changed.id);
  tellCustomer(draft, id, message, { name: agent.name, kind: 'agent' }, target);
  tellEndpoints(draft, id, message, { name: agent.name, by: 'agent', except: part.key });
  if (content !== undefined && edits === undefined) agentAnswered(draft);
}

function relayFacts(
  draft: Draft,
  event: EndpointEvent,
  leg: AgentLeg | undefined,
  agent: Agent | undefined,
  said: Said,
): RelayFacts {
  const { state, openSession } = draft;
  return {
    session:
      leg === undefined ? 'none' : ((openSession?.state as RelayFacts['session'] | undefined) ?? 'none'),
    isAgent: agent !== undefined,
    isConnected: leg !== undefined,
    optedOut: draft.address.consent?.state === 'optedOut',
    lineIsGone: state.lineIsGone,
    loop: loopToCustomer(draft, said.at),
    ageMs: state.acceptedAt - said.at,
    maxAgeMs: state.tenant.relayMaxAgeMs,
    target: targetOf(draft, event, said.message),
    thread: 'none',
  };
}

/** Anybody on a network may claim to take back what others wrote: only what was written there can be changed from there. */
function targetOf(draft: Draft, { part }: EndpointEvent, message: Message): RelayFacts['target'] {
  const { edits, retracts, reactsTo } = message;
  const reference = edits ?? retracts ?? reactsTo;
  if (reference === undefined) return 'none';
  const author = draft.state.referred.get(reference.id)?.record.author;
  if (author === undefined) return 'unknown';
  if (author.kind !== 'agent') return author.kind;
  if (author.endpoint === part.key) return 'own';
  return retracts === undefined ? 'other-agent' : 'unknown';
}

function onCommand(
  draft: Draft,
  event: EndpointEvent,
  word: Extract<EndpointWord, { what: 'command' }>,
): void {
  const { id: nativeId, at, name, argument, replyTo } = word;
  const agent = draft.state.tenant.agents.get(event.agent);
  if (agent === undefined) return;
  draft.keepBack({ nativeId, user: agent.user, at, because: becauseOf(name) });
  // After-session work goes on when the session is over.
  if (legOf(draft, event) === undefined && name !== 'done') {
    answer(draft, event, 'That session is not yours any more: the command did nothing.');
    return;
  }
  const before = draft.openSession;
  const said = answerTo(draft, {
    kind: 'command',
    sender: agent.user,
    eventId: as(nativeId),
    at,
    name,
    argument,
    ...(replyTo === undefined ? {} : { replyTo: as<MatrixEventId>(replyTo) }),
  });
  // Who closed the session is told by its end.
  if (said !== undefined) answer(draft, event, said);
  else if (before === undefined || draft.openSession !== undefined) answer(draft, event, 'Done.');
}
