import type {
  AgentId,
  ContactId,
  ConversationId,
  LineId,
  NativeAddress,
  ServiceId,
  TenantId,
} from '../platform/ids.ts';
import { derivedId } from '../platform/derived-id.ts';
import type { MediaReference } from '../message/message.ts';
import { defineCollection } from '../store/store.ts';
import type { LoopGuard } from './loop-guard.ts';

/** A customer as a person. */
export interface ContactRecord {
  readonly name?: string;
  readonly avatar?: MediaReference;
  /** In E.164. */
  readonly phone?: string;
  /** What else they or the network told, unverified. */
  readonly details?: Readonly<Record<string, string>>;
  readonly createdAt: number;
  /** Address (record id) that the customer wrote from last. */
  readonly lastAddress: string;
  readonly preferredAddress?: string;
}

export interface Consent {
  readonly state: 'optedIn' | 'optedOut';
  /** The customer's own word, e.g. `STOP`. */
  readonly keyword: string;
  readonly at: number;
}

/** One word of the customer about consent. HELP (`helpAsked`) changes nothing, but whoever asks for proof asks for it too. */
export interface ConsentWord {
  readonly kind: 'optedIn' | 'optedOut' | 'helpAsked';
  readonly keyword: string;
  readonly at: number;
}

/** Of an address, the newest words that are kept. */
const keptConsentWords = 50;

/** In the order of their times, whatever the order in which they came. */
export function withConsentWord(words: readonly ConsentWord[] = [], word: ConsentWord): ConsentWord[] {
  return [...words, word].sort((a, b) => a.at - b.at).slice(-keptConsentWords);
}

/** One address of a contact: channel + line + native id (+ the name of ours under which it wrote). */
export interface AddressRecord {
  readonly contact: ContactId;
  readonly conversation: ConversationId;
  readonly channel: string;
  readonly line: LineId;
  readonly nativeId: NativeAddress;
  readonly via?: string;
  readonly consent?: Consent;
  /** All that the customer wrote about consent, oldest first. */
  readonly consentWords?: readonly ConsentWord[];
  readonly lastInboundAt: number;
  /** What the customer's app told of itself. */
  readonly app?: AddressApp;
}

export interface AddressApp {
  readonly client?: string;
  readonly language?: string;
  readonly abilities?: readonly string[];
}

/** What a tenant and a contact say to each other, for ever. Its customer leg is pinned to one address. */
export interface ConversationRecord {
  readonly contact: ContactId;
  readonly address: string;
  readonly line: LineId;
  readonly openSession?: string;
  readonly sessions: number;
  readonly lastMessageAt: number;
  readonly loopGuard?: LoopGuard;
  /** What the customer wants of the tenant, where the name under which they found it said so. */
  readonly service?: ServiceId;
  /** Who took one of its sessions last. */
  readonly lastAgent?: { readonly agent: AgentId; readonly at: number };
}

export const contacts = defineCollection<ContactRecord>('contacts');
export const addresses = defineCollection<AddressRecord>('addresses', { byContact: ['contact'] });
export const conversations = defineCollection<ConversationRecord>('conversations', {
  byContact: ['contact'],
});

interface AddressParts {
  readonly id: NativeAddress;
  readonly via?: string;
}

export function addressId(line: LineId, address: AddressParts): string {
  return derivedId('address', line, address.id, address.via ?? '');
}

/** The conversation that an address has unless a record says otherwise, so that its inbox key is known before anything is stored. */
export function conversationOf(tenant: TenantId, line: LineId, address: AddressParts): ConversationId {
  return derivedId('conversation', tenant, line, address.id, address.via ?? '');
}

export function contactOf(tenant: TenantId, line: LineId, address: AddressParts): ContactId {
  return derivedId('contact', tenant, line, address.id);
}
