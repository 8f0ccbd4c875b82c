import type { MessageId } from '../../platform/ids.ts';
import type { Message } from '../../message/message.ts';
import type { LossKind } from '../../message/loss.ts';
import type { KnownMessage } from '../conversation-state.ts';
import type { Draft } from '../draft.ts';
import { connectedAgents, type AgentLeg } from '../session.ts';
import type { Speaker } from '../tell-customer.ts';
import { purposeOf } from './endpoint-offers.ts';
import { networkTitle, operationsFor } from './to-endpoint.ts';

/** What costs the agent something that they do not see in the message itself. */
const toldLosses: ReadonlySet<LossKind> = new Set<LossKind>(['media-dropped', 'unsupported']);

/**
 * What was said in the session, to the agents who are connected outside Matrix, and to nobody else there. `by`: the agent who said it, whose
 * name stands before it; absent: the customer. `except`: the endpoint where it was said.
 */
export function tellEndpoints(
  draft: Draft,
  id: MessageId,
  message: Message,
  speaker: { readonly name: string; readonly by?: 'agent'; readonly except?: string },
): void {
  const { openSession } = draft;
  if (openSession === undefined) return;
  for (const leg of connectedAgents(openSession))
    if (leg.endpoint !== undefined && leg.endpoint.key !== speaker.except)
      tellOne(draft, leg, id, message, speaker);
}

function tellOne(
  draft: Draft,
  leg: AgentLeg,
  id: MessageId,
  message: Message,
  { name, by }: { readonly name: string; readonly by?: 'agent' },
): void {
  const { endpoint, agent } = leg;
  const { tenant, signedLink } = draft.state;
  if (endpoint === undefined) return;
  const changed = targetOf(draft, message);
  const isThere = changed === undefined || hasSeen(leg, changed);
  // Taking back, or reacting to, what the agent does not have there says nothing.
  if (!isThere && message.content === undefined) return;
  const sender: Speaker = { name, kind: 'agent' };
  const { operations, lost } = operationsFor(
    tenant,
    endpoint,
    by === undefined ? message : named(name, message),
    {
      purpose: purposeOf(draft, agent),
      sender,
      context: { signedLink, ...(changed === undefined ? {} : { target: isThere ? seen : notThere }) },
    },
  );
  for (const operation of operations) draft.toEndpoint(endpoint, operation, 'always', id);
  const losses = lost.filter(({ kind }) => toldLosses.has(kind));
  if (losses.length === 0) return;
  const who = tenant.agents.get(agent)?.name ?? agent;
  const text = `${who} by ${networkTitle(tenant, endpoint.line)}: ${losses.map(({ detail }) => detail).join('; ')}.`;
  draft.toRoom({ kind: 'notice', text, about: id }, 'never');
}

const seen = { ageSeconds: 0 };
/** A correction of it goes as a message of its own. */
const notThere = { ageSeconds: 0, parts: 2 };

function targetOf(
  draft: Draft,
  { edits, retracts, reactsTo }: Message,
): KnownMessage | undefined | 'unknown' {
  const reference = edits ?? retracts ?? reactsTo;
  if (reference === undefined) return undefined;
  return [...draft.state.referred.values()].find(({ id }) => id === reference.id) ?? 'unknown';
}

/** It was decided about when the agent was connected there already. */
function hasSeen({ since, endpoint }: AgentLeg, target: KnownMessage | 'unknown'): boolean {
  if (target === 'unknown') return false;
  const { author, way } = target.record;
  if (author.kind === 'system') return false;
  return (
    (author.kind === 'agent' && author.endpoint === endpoint?.key) ||
    (way !== undefined && way.decided > since)
  );
}

/** With the name of the agent who says it: a telephone shows one correspondent. */
function named(name: string, message: Message): Message {
  const { content } = message;
  if (content === undefined) return message;
  if (content.kind === 'text') {
    const { html: _, emote, ...text } = content;
    const said = emote === true ? `* ${name} ${content.text}` : `${name}: ${content.text}`;
    return { ...message, content: { ...text, text: said } };
  }
  if (!('media' in content)) return message;
  const { captionHtml: _, ...media } = content;
  const caption = content.caption ?? '';
  return { ...message, content: { ...media, caption: caption === '' ? `${name}:` : `${name}: ${caption}` } };
}
