import type { MessageId, ServiceId } from '../platform/ids.ts';
import type { ChannelEvent, ContactProfile } from '../channels/channel.ts';
import { addressId, contactOf, withConsentWord } from '../directory/contact.ts';
import { excerpt } from '../message/excerpt.ts';
import { describeContent } from '../message/describe-content.ts';
import type { Message, Reference } from '../message/message.ts';
import { customerSpoke } from './answers.ts';
import { authorName } from './author-name.ts';
import { appTold } from './customer-app.ts';
import { customerSent } from './customer-sent.ts';
import type { KnownMessage } from './conversation-state.ts';
import type { Draft } from './draft.ts';
import { endSession } from './end-session.ts';
import { tellEndpoints } from './endpoints/relay-to-endpoints.ts';
import { ensureSession } from './open-session.ts';
import { onReceipt } from './on-receipt.ts';
import { toService } from './programme/on-service-event.ts';
import { customerWaits } from './promises/promises.ts';

/** Something came from the customer's network. */
export function onCustomer(draft: Draft, event: ChannelEvent, service?: ServiceId): void {
  meetContact(draft, event);
  if (service !== undefined) draft.conversation = { ...draft.conversation, service };
  switch (event.kind) {
    case 'message':
      onCustomerMessage(draft, event);
      return;
    case 'receipt':
      onReceipt(draft, event);
      return;
    case 'consent':
      onConsent(draft, event);
      return;
    case 'profile':
      updateProfile(draft, event.profile);
      return;
    case 'ended':
      if (draft.openSession !== undefined) endSession(draft, 'the customer', { tellCustomer: false });
      return;
  }
}

/** The first word from an address makes address and conversation, and the contact where it is the first at all. */
function meetContact(draft: Draft, event: ChannelEvent): void {
  const { state } = draft;
  if (state.conversation !== undefined) return;
  const { from } = event;
  const contact = contactOf(state.tenant.id, state.line.id, from);
  const address = addressId(state.line.id, from);
  draft.conversation = { contact, address, line: state.line.id, sessions: 0, lastMessageAt: event.at };
  draft.address = {
    contact,
    conversation: state.id,
    channel: state.line.channel,
    line: state.line.id,
    nativeId: from.id,
    ...(from.via === undefined ? {} : { via: from.via }),
    lastInboundAt: event.at,
  };
  draft.contact = { ...(state.contact?.value ?? { createdAt: state.now }), lastAddress: address };
}

function onCustomerMessage(draft: Draft, event: Extract<ChannelEvent, { kind: 'message' }>): void {
  if (event.profile !== undefined) updateProfile(draft, event.profile);
  draft.conversation = { ...draft.conversation, lastMessageAt: event.at };
  if (event.message.content !== undefined) customerSpoke(draft);
  draft.address = { ...draft.address, lastInboundAt: Math.max(event.at, draft.address.lastInboundAt) };
  const id = draft.derive<MessageId>('message');
  const message = fromNative(draft, event.message);
  if (message === undefined) {
    draft.keepBack({ nativeId: event.id, at: event.at, because: 'nothing-to-show' });
    return;
  }
  draft.linkOnLine(event.id, id);
  // A word opens a session; an edit, a retraction or a reaction to the last one does not.
  const opens = event.message.content !== undefined && event.message.edits === undefined;
  const show = (): void => {
    draft.toRoom({ kind: 'message', as: 'contact', messageId: id, message, at: event.at });
  };
  show();
  tellEndpoints(draft, id, message, { name: authorName(draft, { kind: 'customer' }) });
  const { content } = event.message;
  if (content?.kind === 'text') draft.heard = content.text;
  if (message.content !== undefined) customerSent(draft, message.content);
  if (opens && content !== undefined && draft.openSession === undefined) {
    draft.firstText = message.content?.kind === 'text' ? message.content.text : '';
    ensureSession(draft, content, event.to);
  } else if (opens && content !== undefined) toService(draft, content);
  if (opens && draft.openSession !== undefined) customerWaits(draft);
  const { openSession } = draft;
  draft.keepMessage(id, {
    conversation: draft.conversationId,
    author: { kind: 'customer' },
    message,
    at: event.at,
    ...(openSession === undefined ? {} : { session: openSession.id }),
  });
}

/**
 * Native references become ours. What refers to something we never saw still says what it can: an edit becomes a message, a
 * reaction a line of text; only the retraction of something unknown says nothing.
 */
function fromNative(draft: Draft, message: Message): Message | undefined {
  const { replyTo, edits, retracts, reactsTo, content } = message;
  const known = (reference: Reference): KnownMessage | undefined => draft.state.referred.get(reference.id);
  if (retracts !== undefined) {
    const target = known(retracts);
    return target === undefined ? undefined : { retracts: { id: target.id } };
  }
  if (reactsTo !== undefined) {
    const target = known(reactsTo);
    if (target !== undefined) return { reactsTo: { ...reactsTo, id: target.id } };
    return reactsTo.removed === true ? undefined : { content: { kind: 'text', text: reactsTo.emoji } };
  }
  if (content === undefined) return undefined;
  const edited = edits === undefined ? undefined : known(edits);
  const replied = replyTo === undefined ? undefined : known(replyTo);
  return {
    content,
    ...(edited === undefined ? {} : { edits: { id: edited.id } }),
    ...(replied === undefined ? {} : { replyTo: quoteOf(draft, replied) }),
  };
}

/** A reference with what networks need that can only quote. */
export function quoteOf(draft: Draft, { id, record }: KnownMessage): Reference {
  const author = authorName(draft, record.author);
  const { content } = record.message;
  const text = content === undefined ? '' : content.kind === 'text' ? content.text : describeContent(content);
  return { id, author, excerpt: excerpt(text, 120) };
}

function updateProfile(draft: Draft, profile: ContactProfile): void {
  if (profile.app !== undefined) appTold(draft, profile.app);
  const { contact } = draft;
  const name = profile.name?.trim() ?? '';
  const next = {
    ...contact,
    ...(name === '' ? {} : { name: name.slice(0, 200) }),
    ...(profile.avatar === undefined ? {} : { avatar: profile.avatar }),
    ...(profile.phone === undefined ? {} : { phone: profile.phone }),
    ...(profile.details === undefined ? {} : { details: { ...contact.details, ...profile.details } }),
  };
  if (JSON.stringify(next) === JSON.stringify(contact)) return;
  draft.contact = next;
  // A room that is not made yet will be made with what is known by then.
  if (draft.state.conversation !== undefined) draft.toRoom({ kind: 'refresh' }, 'never');
}

/** The person says whether they want messages. */
export function onConsent(draft: Draft, event: Extract<ChannelEvent, { kind: 'consent' }>): void {
  const { consent: state, keyword, at } = event;
  const consentWords = withConsentWord(draft.address.consentWords, { kind: state, keyword, at });
  draft.address = { ...draft.address, consentWords };
  if (state === 'helpAsked') return;
  if (draft.address.consent !== undefined && draft.address.consent.at > at) return;
  draft.address = { ...draft.address, consent: { state, keyword, at } };
  if (state === 'optedIn' && draft.state.address?.value.consent === undefined) return;
  const text =
    state === 'optedOut'
      ? `The customer wrote ${keyword} and has opted out: nothing more is sent to them until they opt in again.`
      : `The customer wrote ${keyword} and has opted in again.`;
  draft.toRoom({ kind: 'notice', text }, 'never');
}
