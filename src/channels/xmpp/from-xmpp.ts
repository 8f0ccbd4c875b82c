import type { Address, ChannelEvent, ContactProfile } from '../channel.ts';
import { as, type NativeMessageId } from '../../platform/ids.ts';
import type { Message, Reference } from '../../message/message.ts';
import { chatStateOf } from './chat-states.ts';
import { correctedBy } from './correction.ts';
import { writtenAt } from './delay.ts';
import { bareJid, fullJid, parseJid, unescapeLocal, type Jid } from './jid.ts';
import { isMarkable, markerOf } from './markers.ts';
import { ns } from './namespaces.ts';
import { customersMessage, derivedEvent, isOurs, referredMessage, usableStanzaId } from './native-id.ts';
import { reactionsOf, type ReactionSet } from './reactions.ts';
import { contentsOf } from './read-content.ts';
import { receiptFor, wantsReceipt } from './receipts.ts';
import { repliedTo } from './replies.ts';
import { retractedBy } from './retraction.ts';
import { failureReason, type ErrorCondition } from './stanza-error.ts';
import { childText, type Element } from './xml.ts';

type MessageEvent = Extract<ChannelEvent, { kind: 'message' }>;
type ReceiptEvent = Extract<ChannelEvent, { kind: 'receipt' }>;

/** What a message stanza of a customer means to us. */
export interface ReadMessage {
  /** The customer, by the bare address, and the address of ours that they wrote to. */
  readonly from: Address;
  /** The device, for what is of use to nobody else. */
  readonly device: string;
  /** The name of the tenant that was addressed; `undefined`: the component itself. */
  readonly name?: string;
  readonly stanzaId?: string;
  readonly at: number;
  readonly events: readonly (MessageEvent | ReceiptEvent)[];
  /** Becomes events beside the set that was there before. */
  readonly reactions?: ReactionSet & { readonly id: NativeMessageId; readonly target: string };
  readonly typing?: boolean;
  readonly wantsReceipt: boolean;
  readonly markable: boolean;
  /** The device said by this stanza that it gives receipts. */
  readonly givesReceipts: boolean;
}

export type Reading =
  | { readonly kind: 'message'; readonly message: ReadMessage }
  | { readonly kind: 'ignored'; readonly why: string }
  | { readonly kind: 'refused'; readonly condition: ErrorCondition; readonly text: string };

export interface ReadingContext {
  readonly line: string;
  readonly now: number;
}

const maxAddress = 512;

/** Reads a message stanza. Pure; never throws, whatever the stanza is. */
export function readMessage(stanza: Element, context: ReadingContext): Reading {
  const { type = 'normal' } = stanza.attrs;
  if (type === 'groupchat' || type === 'headline') return { kind: 'ignored', why: type };
  const sender = parseJid(stanza.attrs['from'] ?? '');
  const to = parseJid(stanza.attrs['to'] ?? '');
  if (sender === undefined || to === undefined || bareJid(sender).length > maxAddress)
    return { kind: 'refused', condition: 'bad-request', text: 'an address is malformed' };
  if (isWrapper(stanza)) return { kind: 'ignored', why: 'a copy of another message' };
  const from: Address = { id: as(bareJid(sender)), via: bareJid(to) };
  if (type === 'error') return failed(stanza, sender, from, context);
  return { kind: 'message', message: read(stanza, sender, to, from, context) };
}

function read(stanza: Element, sender: Jid, to: Jid, from: Address, context: ReadingContext): ReadMessage {
  const bare = bareJid(sender);
  const at = writtenAt(stanza, context.now);
  const stanzaId =
    usableStanzaId(stanza.attrs['id']) ??
    usableStanzaId(stanza.getChild('origin-id', ns.stanzaIds)?.attrs['id']);
  const name = to.local === undefined ? undefined : unescapeLocal(to.local);
  const set = reactionsOf(stanza);
  const target = set === undefined ? undefined : usableStanzaId(set.target);
  const messages = set === undefined ? messagesOf(stanza, bare, context.line) : [];
  const profile = profileIn(stanza);
  const id =
    stanzaId === undefined
      ? derivedEvent(bare, 'message', at, bareJid(to), JSON.stringify(messages))
      : customersMessage(bare, stanzaId);
  const events = messages.map((message, index): MessageEvent => ({
    kind: 'message',
    id: index === 0 ? id : derivedEvent(bare, 'part', id, index),
    from,
    ...(name === undefined ? {} : { to: name }),
    at,
    message,
    ...(profile === undefined ? {} : { profile }),
  }));
  const state = chatStateOf(stanza);
  return {
    from,
    device: fullJid(sender),
    ...(name === undefined ? {} : { name }),
    ...(stanzaId === undefined ? {} : { stanzaId }),
    at,
    events: [...events, ...receiptsOf(stanza, bare, from, at)],
    ...(set === undefined || target === undefined
      ? {}
      : {
          reactions: {
            id: stanzaId === undefined ? derivedEvent(bare, 'reactions', at, set.target) : id,
            target: referredMessage(bare, target),
            emojis: set.emojis,
          },
        }),
    ...(state === undefined ? {} : { typing: state === 'composing' }),
    wantsReceipt: wantsReceipt(stanza),
    markable: isMarkable(stanza),
    givesReceipts: receiptFor(stanza) !== undefined,
  };
}

function messagesOf(stanza: Element, bare: string, line: string): Message[] {
  const retracted = usableStanzaId(retractedBy(stanza));
  if (retracted !== undefined) return [{ retracts: { id: customersMessage(bare, retracted) } }];
  const corrected = usableStanzaId(correctedBy(stanza));
  const replyTo = replyReference(stanza, bare);
  return contentsOf(stanza, line).map((content, index) => ({
    content,
    ...(corrected === undefined || index > 0 ? {} : { edits: { id: customersMessage(bare, corrected) } }),
    ...(replyTo === undefined || index > 0 ? {} : { replyTo }),
  }));
}

function replyReference(stanza: Element, bare: string): Reference | undefined {
  const id = usableStanzaId(repliedTo(stanza)?.stanzaId);
  return id === undefined ? undefined : { id: referredMessage(bare, id) };
}

/** Receipts and markers for what is not ours are about nothing that we know. */
function receiptsOf(stanza: Element, bare: string, from: Address, at: number): ReceiptEvent[] {
  const marker = markerOf(stanza);
  const delivered = receiptFor(stanza) ?? (marker?.kind === 'received' ? marker.stanzaId : undefined);
  const read = marker?.kind === 'displayed' ? marker.stanzaId : undefined;
  const receipt = (target: string, status: 'delivered' | 'read'): ReceiptEvent => ({
    kind: 'receipt',
    id: derivedEvent(bare, status, target),
    from,
    target: as(target),
    status,
    ...(status === 'read' ? { andEarlier: true } : {}),
    at,
  });
  return [
    ...(delivered !== undefined && isOurs(delivered) ? [receipt(delivered, 'delivered')] : []),
    ...(read !== undefined && isOurs(read) ? [receipt(read, 'read')] : []),
  ].filter((event) => usableStanzaId(event.target) !== undefined);
}

/** An error that came back for something of ours: only of messages does anybody need to know. */
function failed(stanza: Element, sender: Jid, from: Address, context: ReadingContext): Reading {
  const target = usableStanzaId(stanza.attrs['id']);
  if (target === undefined || !isOurs(target)) return { kind: 'ignored', why: 'an error for no message' };
  const event: ReceiptEvent = {
    kind: 'receipt',
    id: derivedEvent(from.id, 'failed', target),
    from,
    target: as(target),
    status: 'failed',
    reason: failureReason(stanza),
    at: context.now,
  };
  const message: ReadMessage = {
    from,
    device: fullJid(sender),
    at: context.now,
    events: [event],
    wantsReceipt: false,
    markable: false,
    givesReceipts: false,
  };
  return { kind: 'message', message };
}

/** Copies of what passed elsewhere (XEP-0280, XEP-0313): a component gets none, so whoever sends one means no good. */
function isWrapper(stanza: Element): boolean {
  return stanza.getChildElements().some((child) => {
    const space = child.getNS();
    return space === ns.carbons || space === ns.archive;
  });
}

function profileIn(stanza: Element): ContactProfile | undefined {
  const name = childText(stanza, 'nick', ns.nick)
    ?.replace(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, 200);
  const language = languageIn(stanza);
  if ((name ?? '') === '' && language === undefined) return undefined;
  return {
    ...(name === undefined || name === '' ? {} : { name }),
    ...(language === undefined ? {} : { app: { language } }),
  };
}

/** The app says in which language its user writes (RFC 6120, 8.1.5). */
function languageIn(stanza: Element): string | undefined {
  const tag: unknown = stanza.attrs['xml:lang'];
  return typeof tag === 'string' && /^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}$/.test(tag) ? tag : undefined;
}
