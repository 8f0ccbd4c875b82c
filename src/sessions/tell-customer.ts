import type { MessageId } from '../platform/ids.ts';
import { adapt } from '../message/adapt.ts';
import type { Loss } from '../message/loss.ts';
import { countSegments } from '../message/sms-segments.ts';
import type { Content, Message } from '../message/message.ts';
import type { Address } from '../channels/channel.ts';
import { countToCustomer, loopToCustomer } from './answers.ts';
import type { KnownMessage } from './conversation-state.ts';
import type { LineOperation } from './conversation-event.ts';
import type { Draft } from './draft.ts';

export interface Speaker {
  readonly name: string;
  readonly kind: 'agent' | 'system';
}

/** The address that the conversation's customer leg is pinned to. */
export function pinnedAddress(draft: Draft): Address {
  const { nativeId, via } = draft.address;
  return { id: nativeId, ...(via === undefined ? {} : { via }) };
}

/** Puts a message on its way to the customer, in as many parts as the network needs, and tells the agents what was lost. `target`: what it corrects or takes back. */
export function tellCustomer(
  draft: Draft,
  id: MessageId,
  message: Message,
  sender: Speaker,
  target?: KnownMessage,
): void {
  const { state } = draft;
  const { messages, lost } = adapt(message, state.capabilities, {
    signedLink: state.signedLink,
    ...(target === undefined ? {} : { target: aboutTarget(target, state.now) }),
  });
  messages.forEach((part, index) => {
    const operation: LineOperation = {
      line: state.line.id,
      address: pinnedAddress(draft),
      kind: kindOf(part),
      message: part,
      sender,
      part: index + 1,
      parts: messages.length,
    };
    draft.toLine(operation, id);
  });
  if (state.capabilities.text.smsSegments === true) countSent(draft, messages);
  reportLosses(draft, id, lost);
}

/** Texts are charged by the segment (3GPP TS 23.040): `!status` tells the agent how many the session has cost. */
function countSent(draft: Draft, messages: readonly Message[]): void {
  if (draft.openSession === undefined) return;
  const sent = messages.reduce(
    (sum, { content }) => sum + (content?.kind === 'text' ? countSegments(content.text).segments : 0),
    0,
  );
  draft.changeSession({ segments: (draft.session.segments ?? 0) + sent });
}

/** What the conversion must know of a message that is corrected or taken back. */
function aboutTarget({ record, parts }: KnownMessage, now: number): { ageSeconds: number; parts?: number } {
  return { ageSeconds: Math.max(0, now - record.at) / 1000, ...(parts === 0 ? {} : { parts }) };
}

const loopNotice =
  'Two automatic answers seem to answer each other: the customer is told nothing more by itself until a minute has passed with fewer turns.';

/** A word of the tenant to the customer; the room keeps it too. Not said on a line that is gone, nor to those who have opted out, not even in answer to their own words. */
export function say(draft: Draft, text: string, what: string): void {
  sayContent(draft, { kind: 'text', text }, what);
}

/** The same of what is more than words. `{tenant}` is filled in. */
export function sayContent(draft: Draft, content: Content, what: string): void {
  if (draft.state.lineIsGone || draft.address.consent?.state === 'optedOut') return;
  const { tenant, now } = draft.state;
  const loop = loopToCustomer(draft, now);
  countToCustomer(draft, now);
  if (loop === 'new') draft.toRoom({ kind: 'notice', text: loopNotice }, 'never');
  if (loop !== 'none') return;
  const id = draft.derive<MessageId>(`say ${what}`);
  const message: Message = { content: withTenant(content, tenant.name) };
  const { openSession } = draft;
  draft.keepMessage(id, {
    conversation: draft.conversationId,
    author: { kind: 'system' },
    message,
    at: draft.state.now,
    ...(openSession === undefined ? {} : { session: openSession.id }),
  });
  tellCustomer(draft, id, message, { name: tenant.name, kind: 'system' });
  draft.toRoom({ kind: 'message', as: 'bot', messageId: id, message, at: draft.state.now });
}

function withTenant(content: Content, name: string): Content {
  if (content.kind !== 'text' && content.kind !== 'choice') return content;
  return { ...content, text: content.text.replaceAll('{tenant}', name) };
}

export function kindOf(message: Message): 'send' | 'edit' | 'retract' | 'react' {
  if (message.edits !== undefined) return 'edit';
  if (message.retracts !== undefined) return 'retract';
  return message.reactsTo !== undefined ? 'react' : 'send';
}

/** Losses that repeat themselves in a session are told once; those that cost the message something, each time. */
const toldEachTime: ReadonlySet<Loss['kind']> = new Set<Loss['kind']>([
  'media-dropped',
  'retraction',
  'unsupported',
]);

function reportLosses(draft: Draft, id: MessageId, lost: readonly Loss[]): void {
  const told = draft.openSession?.lossesTold ?? [];
  const news = lost.filter((loss) => toldEachTime.has(loss.kind) || !told.includes(loss.kind));
  if (news.length === 0) return;
  if (draft.openSession !== undefined) {
    draft.changeSession({ lossesTold: [...new Set([...told, ...news.map((loss) => loss.kind)])] });
  }
  const text = `${draft.state.networkTitle}: ${news.map((loss) => loss.detail).join('; ')}.`;
  draft.toRoom({ kind: 'notice', text, about: id }, 'never');
}
