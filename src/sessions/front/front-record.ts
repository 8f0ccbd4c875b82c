import type { Address, ChannelEvent } from '../../channels/channel.ts';
import type { Owner } from '../../directory/identifiers/identifier-index.ts';
import type { ConversationId, LineId, TenantId } from '../../platform/ids.ts';
import { defineCollection } from '../../store/store.ts';

/**
 * One customer on a line that tenants share. Belongs to the shared tenant; id = the conversation that the address has with that one. No
 * tenant sees anything of it: what is said to one is in that tenant's own conversation.
 */
export interface FrontRecord {
  readonly line: LineId;
  readonly channel: string;
  readonly address: Address;
  /** Whom the customer writes to at the moment. */
  readonly owner?: Owner;
  /** To whom they ever wrote: consent and receipts are theirs, too. */
  readonly known: readonly TenantId[];
  readonly question?: FrontQuestion;
  /** Since when messages wait because nobody knows whom they are for. */
  readonly parkedAt?: number;
  /** Questions in a row that brought nothing. */
  readonly asks: number;
  /** Messages that wait; their records count from {@link firstHeld} on. */
  readonly held: number;
  readonly firstHeld: number;
  /** The customer's last word about consent. */
  readonly consent?: Extract<ChannelEvent, { kind: 'consent' }>;
  readonly profile?: Extract<ChannelEvent, { kind: 'profile' }>;
  /** As the network or their app told, BCP 47. */
  readonly language?: string;
  readonly lastAt: number;
}

export type FrontQuestion =
  | { readonly kind: 'whom' }
  /** The last option is none of them. */
  | { readonly kind: 'which'; readonly options: readonly Named[] }
  | { readonly kind: 'switch'; readonly to: Named };

export interface Named extends Owner {
  readonly name: string;
}

/** A message that waits until it is known whom it is for. Id: {@link heldId}. */
export interface HeldMessage {
  readonly conversation: ConversationId;
  readonly number: number;
  readonly event: ChannelEvent;
}

export const fronts = defineCollection<FrontRecord>('fronts', { byParked: ['parkedAt'] });
export const heldMessages = defineCollection<HeldMessage>('held-messages', {
  byConversation: ['conversation', 'number'],
});

export function heldId(conversation: ConversationId, number: number): string {
  return `${conversation}/${String(number)}`;
}
